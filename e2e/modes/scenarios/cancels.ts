/** An order can be asked to end at any moment, by its customer or at Payment. */
import { cancelledSometime, completed, declined, givenBack, refunded, rejected, voided } from '../endings.ts';
import { type Scenario, times } from '../scenario.ts';
import { cancel, place, placedAnd, until } from '../steps.ts';

const byCustomer: readonly Scenario[] = [
  {
    name: 'cancelled after it completed is refunded, the goods are back',
    when: [...placedAnd('ended'), cancel],
    ends: refunded(),
  },
  {
    name: 'cancelled right after it was placed keeps nothing',
    when: [place, cancel],
    ends: cancelledSometime,
  },
  {
    name: 'cancelled while the provider is slow gets its money back',
    orders: [{ token: 'tok_slow' }],
    when: [...placedAnd('charging'), cancel],
    ends: [givenBack(), refunded()],
  },
  {
    name: 'cancelled while nobody knows whether it is charged gets its money back',
    orders: [{ token: 'tok_timeout' }],
    when: [...placedAnd('charged'), cancel],
    ends: givenBack(),
  },
  {
    name: 'cancelled ten times during the charge gets its money back once',
    orders: [{ token: 'tok_slow' }],
    when: [...placedAnd('charging'), { do: 'cancel', times: 10 }],
    ends: [givenBack(), refunded()],
  },
  {
    name: 'refunded although the provider refuses the first refunds',
    orders: [{ token: 'tok_refund_fails' }],
    when: [...placedAnd('ended'), cancel],
    ends: refunded(),
  },
  {
    name: 'what was rejected cannot be cancelled',
    items: { item: { onHand: 0 } },
    when: [...placedAnd('ended'), { do: 'cancel', refused: 'ORDER_REJECTED' }],
    ends: rejected('OUT_OF_STOCK'),
  },
  {
    name: 'what was declined cannot be cancelled',
    orders: [{ token: 'tok_declined' }],
    when: [...placedAnd('ended'), { do: 'cancel', refused: 'ORDER_CANCELLED' }],
    ends: declined,
  },
  {
    name: 'thirty cancelled at any moment keep neither money nor goods',
    items: { item: { onHand: 30 } },
    orders: times(30),
    when: [place, { do: 'let some time pass', maxMs: 2_000 }, cancel],
    ends: cancelledSometime,
    mixed: true,
  },
];

const atPayment: readonly Scenario[] = [
  {
    name: 'an operator who refunds at Payment undoes the order',
    when: [...placedAnd('ended'), { do: 'refund' }],
    ends: refunded('PAYMENT_CANCELLED'),
  },
  {
    name: 'a payment that is cancelled after the end undoes the order',
    when: [...placedAnd('ended'), { do: 'cancelPayment', times: 3 }],
    ends: refunded('PAYMENT_CANCELLED'),
  },
  {
    name: 'a payment that was cancelled before the order is never charged',
    when: [{ do: 'cancelPayment' }, place],
    ends: voided('PAYMENT_CANCELLED'),
  },
  {
    // Nobody but Payment knows of the wish: the order hears of the charge, and then that it was given back.
    name: 'a payment that is cancelled while the provider is slow is given back, the order undone',
    orders: [{ token: 'tok_slow' }],
    when: [...placedAnd('charging'), { do: 'cancelPayment' }],
    ends: refunded('PAYMENT_CANCELLED'),
  },
  {
    name: 'customer and operator at once give the money back once',
    when: [...placedAnd('ended'), cancel, { do: 'refund' }],
    ends: refunded(),
  },
  {
    name: 'what was declined cannot be refunded',
    orders: [{ token: 'tok_declined' }],
    when: [...placedAnd('ended'), { do: 'refund', refused: 'PAYMENT_NOT_CAPTURED' }],
    ends: declined,
  },
  {
    name: 'what was refunded cannot be cancelled any more',
    when: [
      ...placedAnd('ended'),
      { do: 'refund' },
      until('refunded'),
      { do: 'cancel', refused: 'ORDER_REFUNDED' },
    ],
    ends: refunded('PAYMENT_CANCELLED'),
  },
];

const atCatalog: readonly Scenario[] = [
  {
    name: 'goods that are sold cannot be released',
    when: [...placedAnd('ended'), { do: 'releaseReservation', refused: 'RESERVATION_CONFIRMED' }],
    ends: completed,
  },
  {
    name: 'goods that were released are released once',
    orders: [{ token: 'tok_declined' }],
    when: [...placedAnd('ended'), { do: 'releaseReservation', times: 3 }],
    ends: declined,
  },
  {
    name: 'a reservation that failed cannot be confirmed',
    items: { item: { onHand: 0 } },
    when: [...placedAnd('ended'), { do: 'confirmReservation', refused: 'RESERVATION_FAILED' }],
    ends: rejected('OUT_OF_STOCK'),
  },
];

export const cancels: readonly Scenario[] = [...byCustomer, ...atPayment, ...atCatalog];
