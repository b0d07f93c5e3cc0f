/** Whatever is asked for twice is done once. */
import { completed, declined, refunded, rejected } from '../endings.ts';
import { type Scenario, times } from '../scenario.ts';
import { place, placedAnd, until } from '../steps.ts';

export const repeats: readonly Scenario[] = [
  {
    name: 'a request that is repeated after the end is the same order',
    when: [...placedAnd('ended'), { do: 'repeat', times: 3 }],
    ends: completed,
  },
  {
    name: 'twenty repeats at once are one order, charged once',
    when: [place, { do: 'repeat', times: 20 }],
    ends: completed,
  },
  {
    name: 'twenty repeats of what is declined are one decline',
    orders: [{ token: 'tok_declined' }],
    when: [place, { do: 'repeat', times: 20 }],
    ends: declined,
  },
  {
    name: 'repeats while the provider is slow wait for the one charge',
    orders: [{ token: 'tok_slow' }],
    when: [...placedAnd('charging'), { do: 'repeat', times: 5 }],
    ends: completed,
  },
  {
    name: 'repeats of what is rejected are one rejection',
    items: { item: { onHand: 0 } },
    when: [place, { do: 'repeat', times: 5 }],
    ends: rejected('OUT_OF_STOCK'),
  },
  {
    name: 'another order under the same request_id is refused, the first goes on',
    when: [place, { do: 'reuse request_id' }, until('ended'), { do: 'reuse request_id' }],
    ends: completed,
  },
  {
    name: 'a cancellation that is repeated under its request_id gets one answer, the money back once',
    when: [...placedAnd('ended'), { do: 'cancel', times: 10, alike: true }],
    ends: refunded(),
  },
  {
    name: 'ten cancellations of a completed order give the money back once',
    when: [...placedAnd('ended'), { do: 'cancel', times: 10 }],
    ends: refunded(),
  },
  {
    name: 'a reservation that is asked for again is the one there is',
    when: [...placedAnd('ended'), { do: 'reserveItems', times: 3 }],
    ends: completed,
  },
  {
    name: 'a reservation that is confirmed again takes nothing more off the shelf',
    when: [...placedAnd('ended'), { do: 'confirmReservation', times: 3 }],
    ends: completed,
  },
  {
    name: 'a charge that is asked for again is the one there is',
    when: [...placedAnd('ended'), { do: 'charge', times: 3 }],
    ends: completed,
  },
  {
    name: 'a decline stays one when the charge is asked for again',
    orders: [{ token: 'tok_declined' }],
    when: [...placedAnd('ended'), { do: 'charge', times: 3 }],
    ends: declined,
  },
  {
    name: 'a refund that is asked for five times gives the money back once',
    when: [...placedAnd('ended'), { do: 'refund', times: 5 }],
    ends: refunded('PAYMENT_CANCELLED'),
  },
  {
    name: 'twenty orders at once are twenty charges',
    items: { item: { onHand: 20 } },
    orders: times(20),
    ends: completed,
  },
];
