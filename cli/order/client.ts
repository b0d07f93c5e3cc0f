/** The services that know of orders, for one command. */

import { createClient, type GrpcClient } from '../../platform/grpc/client.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderQueryServiceService } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { addressesOf } from '../addresses.ts';
import { asCaller } from '../token/own.ts';

export type OrderClient = GrpcClient<typeof OrderServiceService>;
export type QueryClient = GrpcClient<typeof OrderQueryServiceService>;

/** `address` unset: as `npm start` lays it out. */
export async function withOrders<T>(
  address: string | undefined,
  work: (client: OrderClient) => Promise<T>,
): Promise<T> {
  const client = createClient(
    OrderServiceService,
    address ?? addressesOf(process.env.ORDERLOG_PORT_BASE).order,
    asCaller,
  );
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** The same for the gateway. */
export async function withQueries<T>(
  address: string | undefined,
  work: (client: QueryClient) => Promise<T>,
): Promise<T> {
  const client = createClient(
    OrderQueryServiceService,
    address ?? addressesOf(process.env.ORDERLOG_PORT_BASE).gateway,
    asCaller,
  );
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
