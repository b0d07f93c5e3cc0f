/** The other services, as an explanation asks them: each call bounded, none needed for an answer. */
import {
  type CallOptions,
  type ClientOptions,
  createClient,
  type GrpcClient,
} from '../../../platform/grpc/client.ts';
import { HealthService } from '../../../proto/gen/grpc/health/v1/health.ts';
import type { CatalogServiceService } from '../../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { OpsServiceService } from '../../../proto/gen/orderlog/ops/v1/ops_service.ts';
import type { HistoryEvent } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import type {
  PaymentServiceService,
  ProviderCall,
} from '../../../proto/gen/orderlog/payment/v1/payment_service.ts';

export interface PeerHistory {
  readonly events: readonly HistoryEvent[];
  /** The call to the payment provider that is open. */
  readonly call?: ProviderCall | undefined;
}

export interface Peer {
  /** Such as `catalog`. */
  readonly service: string;
  readonly health: Pick<GrpcClient<typeof HealthService>, 'list'>;
  readonly ops: Pick<
    GrpcClient<typeof OpsServiceService>,
    'listParkedEvents' | 'getRelayStatus' | 'getConsumerStatus'
  >;
  /** Its events about the order. Throws NOT_FOUND where it has none. */
  history(orderId: string, options: CallOptions): Promise<PeerHistory>;
}

export interface HistoryClients {
  readonly catalog: Pick<GrpcClient<typeof CatalogServiceService>, 'getReservation'>;
  readonly payment: Pick<GrpcClient<typeof PaymentServiceService>, 'getPayment'>;
}

export interface Peers {
  readonly all: readonly Peer[];
  close(): void;
}

/** `clients`: of the same services, for their histories; they stay their owner's to close. `options`: of those for the rest. */
export function connectPeers(
  addresses: { readonly catalog: string; readonly payment: string },
  { catalog, payment }: HistoryClients,
  options: ClientOptions = {},
): Peers {
  const { certificates } = options;
  const connect = (address: string) => ({
    health: createClient(HealthService, address, { certificates }),
    ops: createClient(OpsServiceService, address, options),
  });
  const all = [
    {
      ...connect(addresses.catalog),
      service: 'catalog',
      history: (orderId: string, options: CallOptions) =>
        catalog.getReservation({ orderId, withHistory: true }, options),
    },
    {
      ...connect(addresses.payment),
      service: 'payment',
      async history(orderId: string, options: CallOptions) {
        const { events, providerCall } = await payment.getPayment({ orderId, withHistory: true }, options);
        return { events, call: providerCall };
      },
    },
  ];
  return {
    all,
    close() {
      for (const client of all.flatMap(({ health, ops }) => [health, ops])) client.close();
    },
  };
}
