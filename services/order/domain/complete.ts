/** The end of an order that is both reserved and paid, whichever was heard of first. */
import type { Money } from '../../../proto/gen/google/type/money.ts';
import type { OrderEvent } from './events.ts';
import type { PlacedOrder } from './state.ts';

export const completed = ({ context }: PlacedOrder, total: Money): OrderEvent => ({
  type: 'OrderCompleted',
  data: { context, total },
});

export const isSameAmount = (a: Money | undefined, b: Money): boolean =>
  a?.currencyCode === b.currencyCode && a.units === b.units && a.nanos === b.nanos;
