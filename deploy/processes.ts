/** The processes that a deployment runs, by their mains, with the settings that each has. A new one is a new row. */
import { gatewayConfig } from '../gateway/config.ts';
import type { Shape } from '../platform/config.ts';
import { serviceConfig } from '../platform/serviceConfig.ts';
import { projectorConfig } from '../projector/config.ts';
import { orderConfig } from '../services/order/config.ts';
import { paymentConfig } from '../services/payment/config.ts';
import { sandboxConfig } from '../services/sandbox/config.ts';

export interface Process {
  readonly name: string;
  /** Relative to the project's folder. */
  readonly main: string;
  readonly config: Shape;
}

export const processes: readonly Process[] = [
  { name: 'order', main: 'services/order/main.ts', config: orderConfig },
  { name: 'catalog', main: 'services/catalog/main.ts', config: serviceConfig },
  { name: 'payment', main: 'services/payment/main.ts', config: paymentConfig },
  { name: 'projector', main: 'projector/main.ts', config: projectorConfig },
  { name: 'gateway', main: 'gateway/main.ts', config: gatewayConfig },
  { name: 'sandbox', main: 'services/sandbox/main.ts', config: sandboxConfig },
];
