/** What a generator orders: the n-th order of the same wishes is always the same, but for its request id. */
import { randomUUID } from 'node:crypto';
import { PlaceOrderRequest } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { spread } from '../compare/workload.ts';

export interface Wishes {
  /** Lines go over them evenly; those of one order are of different items, as long as there are so many. */
  readonly skus: readonly string[];
  /** 1 to 100 an order. */
  readonly lines: number;
  /** Orders are of so many customers. */
  readonly customers: number;
  /** One order of so many is declined by the provider; 0: none. */
  readonly declinedOf: number;
}

/** The least that can be ordered: one line, of the demo catalog, for one customer. */
export const COFFEE: Wishes = { skus: ['SKU-COFFEE'], lines: 1, customers: 1, declinedOf: 0 };

export const isDeclined = (n: number, { declinedOf }: Wishes): boolean =>
  declinedOf > 0 && n % declinedOf === declinedOf - 1;

export function wishOf(n: number, wishes: Wishes) {
  const { skus, lines, customers } = wishes;
  const first = spread(n, skus.length);
  return {
    customerId: `load-${spread(n, customers)}`,
    paymentToken: isDeclined(n, wishes) ? 'tok_declined' : 'tok_ok',
    lines: Array.from({ length: lines }, (_, line) => ({
      sku: skus[(first + line) % skus.length] ?? '',
      quantity: 1,
    })),
  };
}

/** A new request. */
export const orderBytes = (n: number, wishes: Wishes): Uint8Array =>
  PlaceOrderRequest.encode(
    PlaceOrderRequest.fromPartial({ requestId: randomUUID(), ...wishOf(n, wishes) }),
  ).finish();
