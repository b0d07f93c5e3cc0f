/** How orders end when nothing disturbs them. */
import { completed, declined, rejected } from '../endings.ts';
import { type Scenario, times } from '../scenario.ts';
import { placedAnd } from '../steps.ts';

const lines = (...all: readonly (readonly [item: string, quantity: number])[]) =>
  all.map(([item, quantity]) => ({ item, quantity }));

const sold: readonly Scenario[] = [
  { name: 'what is in stock and paid for is sold', ends: completed },
  {
    name: 'several lines are one reservation and one charge',
    items: { cup: { price: 750n }, pot: { price: 2_050n }, tea: { price: 399n } },
    orders: [{ lines: lines(['cup', 4], ['pot', 1], ['tea', 5]) }],
    ends: completed,
  },
  {
    name: 'two lines of one item count together',
    orders: [{ lines: lines(['item', 2], ['item', 3]) }],
    ends: completed,
  },
  {
    name: 'the total that the customer expects is paid',
    orders: [{ expectedTotal: 1_000n }],
    ends: completed,
  },
  {
    name: 'a price that changes after the reservation changes nothing',
    orders: [{ token: 'tok_slow' }],
    when: [...placedAnd('reserved'), { do: 'set price', item: 'item', price: 9_900n }],
    ends: completed,
  },
];

const notSold: readonly Scenario[] = [
  {
    name: 'what is not in stock is rejected, nothing is charged',
    items: { item: { onHand: 0 } },
    ends: rejected('OUT_OF_STOCK'),
  },
  {
    name: 'one line that is short rejects all, nothing is held of the others',
    items: { cup: {}, pot: { onHand: 1 } },
    orders: [{ lines: lines(['cup', 1], ['pot', 2]) }],
    ends: rejected('OUT_OF_STOCK'),
  },
  {
    name: 'two lines that together are too many are rejected',
    orders: [{ lines: lines(['item', 3], ['item', 3]) }],
    ends: rejected('OUT_OF_STOCK'),
  },
  {
    name: 'an unknown SKU is rejected',
    orders: [{ lines: lines(['item', 1], ['NO-SUCH-ITEM', 1]) }],
    ends: rejected('UNKNOWN_SKU'),
  },
  {
    name: 'another price than the expected is rejected',
    orders: [{ expectedTotal: 999n }],
    ends: rejected('PRICE_CHANGED'),
  },
  {
    name: 'a price that changed before the order is rejected',
    when: [{ do: 'set price', item: 'item', price: 1_200n }, ...placedAnd('ended')],
    orders: [{ expectedTotal: 1_000n }],
    ends: rejected('PRICE_CHANGED'),
  },
  {
    name: 'items of two currencies are rejected',
    items: { cup: {}, mug: { currency: 'USD' } },
    orders: [{ lines: lines(['cup', 1], ['mug', 1]) }],
    ends: rejected('MIXED_CURRENCIES'),
  },
  {
    name: 'a total beyond all bounds is rejected',
    items: { item: { price: 9_000_000_000_000_000_000n } },
    orders: [{ lines: lines(['item', 2]) }],
    ends: rejected('TOTAL_OVERFLOW'),
  },
  {
    name: 'a delivery after the rejection sells nothing',
    items: { item: { onHand: 0 } },
    when: [...placedAnd('ended'), { do: 'deliver', item: 'item', pieces: 3n }],
    ends: rejected('OUT_OF_STOCK'),
  },
];

const payments: readonly Scenario[] = [
  {
    name: 'declined payment is cancelled, the stock is free again',
    orders: [{ token: 'tok_declined' }],
    ends: declined,
  },
  {
    name: 'a payment token that nobody knows is declined',
    orders: [{ token: 'tok_of_nobody' }],
    ends: declined,
  },
  {
    name: 'a provider that fails twice charges once',
    orders: [{ token: 'tok_flaky' }],
    ends: completed,
  },
  { name: 'a slow provider charges once', orders: [{ token: 'tok_slow' }], ends: completed },
  {
    name: 'a provider that answers too late has charged once',
    orders: [{ token: 'tok_timeout' }],
    ends: completed,
  },
  {
    name: 'what a declined order held is sold to the next',
    items: { item: { onHand: 1 } },
    orders: [{ token: 'tok_declined', ends: declined }, {}],
    when: [
      { do: 'place', of: 0 },
      { do: 'wait', until: 'ended', of: 0 },
      { do: 'place', of: 1 },
    ],
    ends: completed,
  },
];

const contended: readonly Scenario[] = [
  {
    name: 'the last piece goes to one of ten',
    items: { item: { onHand: 1 } },
    orders: times(10),
    ends: [completed, rejected('OUT_OF_STOCK')],
    tally: { COMPLETED: 1, REJECTED: 9 },
  },
  {
    name: 'the last piece goes to one of thirty',
    items: { item: { onHand: 1 } },
    orders: times(30),
    ends: [completed, rejected('OUT_OF_STOCK')],
    tally: { COMPLETED: 1, REJECTED: 29 },
    mixed: true,
  },
  {
    name: 'a flash sale sells 20 pieces to exactly 20 of 120 buyers',
    items: { item: { onHand: 20 } },
    orders: times(120),
    ends: [completed, rejected('OUT_OF_STOCK')],
    tally: { COMPLETED: 20, REJECTED: 100 },
    mixed: true,
  },
];

export const outcomes: readonly Scenario[] = [...sold, ...notSold, ...payments, ...contended];
