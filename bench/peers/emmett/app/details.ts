/**
 * Orders to be read by id: an inline projection into Pongo documents, in the transaction of the events, which "for
 * single-stream projections is often the right default"
 * (https://event-driven-io.github.io/emmett/guides/projections.html, "Inline vs. Async Registration").
 */
import { pongoSingleStreamProjection } from '@event-driven-io/emmett-postgresql';
import type { End, OrderLine } from '../../workload.ts';
import type { OrderEvent } from './order.ts';

export const COLLECTION = 'order_details';

export type OrderDetails = {
  readonly lines: readonly OrderLine[];
  readonly amountMinor: number;
  readonly status: 'PLACED' | End;
  readonly reason?: string;
};

export const detailsProjection = pongoSingleStreamProjection<OrderDetails, OrderEvent>({
  collectionName: COLLECTION,
  canHandle: ['OrderPlaced', 'OrderItemsReserved', 'OrderCompleted', 'OrderRejected', 'OrderCancelled'],
  initialState: () => ({ lines: [], amountMinor: 0, status: 'PLACED' }),
  evolve(document: OrderDetails, { type, data }: OrderEvent): OrderDetails {
    switch (type) {
      case 'OrderPlaced':
        return { ...document, lines: data.lines };
      case 'OrderItemsReserved':
        return { ...document, amountMinor: data.amountMinor };
      case 'OrderCompleted':
        return { ...document, status: 'COMPLETED' };
      case 'OrderRejected':
        return { ...document, status: 'REJECTED', reason: data.reason };
      case 'OrderCancelled':
        return { ...document, status: 'CANCELLED', reason: data.reason };
      default:
        return document;
    }
  },
});
