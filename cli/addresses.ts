/** Where a running Orderlog listens: from ORDERLOG_PORT_BASE, as `npm start` lays its ports out. */
import { OrderlogError } from '../platform/errors.ts';

export interface Addresses {
  readonly gateway: string;
  readonly order: string;
  readonly catalog: string;
  readonly payment: string;
  /** Of REST and the console. */
  readonly http: string;
  /** The admin endpoints of the processes (platform/telemetry/admin.ts). */
  readonly admin: Readonly<Record<ProcessName, string>>;
}

export const PROCESSES = ['gateway', 'order', 'catalog', 'payment', 'projector', 'sandbox'] as const;
export type ProcessName = (typeof PROCESSES)[number];

const FIRST_ADMIN = 30;

const DEFAULT_BASE = 50_050;
const DEFAULT_HTTP_PORT = 8_080;

export function addressesOf(base: string | undefined): Addresses {
  const isGiven = base !== undefined && base !== '';
  const first = isGiven ? Number(base) : DEFAULT_BASE;
  if (!Number.isInteger(first) || first < 1_024 || first > 65_000) {
    const message = `ORDERLOG_PORT_BASE is ${base}: set a port number from 1024 to 65000`;
    throw new OrderlogError('INVALID_ARGUMENT', 'PORT_BASE_INVALID', message);
  }
  const at = (port: number) => `127.0.0.1:${port}`;
  return {
    gateway: at(first),
    order: at(first + 1),
    catalog: at(first + 2),
    payment: at(first + 3),
    http: at(isGiven ? first + 80 : DEFAULT_HTTP_PORT),
    admin: {
      gateway: at(first + FIRST_ADMIN),
      order: at(first + FIRST_ADMIN + 1),
      catalog: at(first + FIRST_ADMIN + 2),
      payment: at(first + FIRST_ADMIN + 3),
      projector: at(first + FIRST_ADMIN + 4),
      sandbox: at(first + FIRST_ADMIN + 5),
    },
  };
}
