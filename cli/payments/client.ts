/** The Payment service, for one command. */

import { createClient, type GrpcClient } from '../../platform/grpc/client.ts';
import { type Payment, PaymentServiceService } from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { addressesOf } from '../addresses.ts';
import { asCaller } from '../token/own.ts';

export type PaymentClient = GrpcClient<typeof PaymentServiceService>;

const PAGE_SIZE = 1_000;

/** `address` unset: as `npm start` lays it out. */
export async function withPayments<T>(
  address: string | undefined,
  work: (client: PaymentClient) => Promise<T>,
): Promise<T> {
  const client = createClient(
    PaymentServiceService,
    address ?? addressesOf(process.env.ORDERLOG_PORT_BASE).payment,
    asCaller,
  );
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** All payments, or those that need a review, page by page. */
export async function* paymentPages(
  client: PaymentClient,
  needsReview: boolean,
): AsyncGenerator<readonly Payment[]> {
  let pageToken = '';
  do {
    const page = await client.listPayments({ needsReview, pageSize: PAGE_SIZE, pageToken });
    yield page.payments;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}
