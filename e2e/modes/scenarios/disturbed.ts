/** What orders go through while something is killed, paused or broken, by where they are at that moment. */
import { cancelledSometime, completed, declined, givenBack, refunded, rejected, voided } from '../endings.ts';
import type { Scenario } from '../scenario.ts';
import { ask, cancel, place, placedAnd, until } from '../steps.ts';

/** They are placed, and Catalog has not heard of them. */
export const beforeReservation: readonly Scenario[] = [
  { name: 'what was placed is sold', ends: completed },
  { name: 'what is declined then is cancelled', orders: [{ token: 'tok_declined' }], ends: declined },
  {
    name: 'what is not in stock is rejected',
    items: { item: { onHand: 0 } },
    ends: rejected('OUT_OF_STOCK'),
  },
  { name: 'what is cancelled is never charged', meanwhile: [cancel], ends: voided() },
  { name: 'what was cancelled before is never charged', when: [place, cancel], ends: voided() },
  {
    name: 'what is repeated is one order',
    when: [place, { do: 'repeat', times: 3 }],
    meanwhile: [{ do: 'repeat', times: 3 }],
    ends: completed,
  },
];

/** They are reserved, and Payment has not heard of them. */
export const beforeCharge: readonly Scenario[] = [
  { name: 'what was reserved is sold', when: placedAnd('reserved'), ends: completed },
  {
    name: 'what is declined then is cancelled',
    orders: [{ token: 'tok_declined' }],
    when: placedAnd('reserved'),
    ends: declined,
  },
  {
    name: 'what is cancelled keeps no money',
    when: placedAnd('reserved'),
    meanwhile: [cancel],
    ends: [voided(), givenBack()],
  },
  {
    name: 'what was cancelled before keeps no money',
    when: [...placedAnd('reserved'), cancel],
    ends: [voided(), givenBack()],
  },
  {
    name: 'what is repeated is one order',
    when: placedAnd('reserved'),
    meanwhile: [{ do: 'repeat', times: 3 }],
    ends: completed,
  },
];

/** The provider is being asked. */
export const duringCharge: readonly Scenario[] = [
  {
    name: 'what is being charged is sold, charged once',
    orders: [{ token: 'tok_slow' }],
    when: placedAnd('charging'),
    ends: completed,
  },
  {
    name: 'what was charged without an answer is sold, charged once',
    orders: [{ token: 'tok_timeout' }],
    when: placedAnd('charged'),
    ends: completed,
  },
  {
    name: 'what was cancelled during its charge gets its money back',
    orders: [{ token: 'tok_slow' }],
    when: [...placedAnd('charging'), cancel],
    ends: [givenBack(), refunded()],
  },
  {
    name: 'what is cancelled while its charge is unknown gets its money back',
    orders: [{ token: 'tok_timeout' }],
    when: placedAnd('charged'),
    meanwhile: [cancel],
    ends: [givenBack(), refunded()],
  },
];

/** They have ended. */
export const afterEnd: readonly Scenario[] = [
  {
    name: 'what is cancelled after it completed is refunded, once',
    when: placedAnd('ended'),
    meanwhile: [cancel],
    ends: refunded(),
  },
  {
    name: 'what an operator refunds is given back, once',
    when: placedAnd('ended'),
    meanwhile: [{ do: 'refund' }],
    ends: refunded('PAYMENT_CANCELLED'),
  },
];

/** At no moment in particular. */
export const sometime: readonly Scenario[] = [
  { name: 'what is placed is sold', ends: completed },
  { name: 'what is declined is cancelled', orders: [{ token: 'tok_declined' }], ends: declined },
  {
    name: 'what is not in stock is rejected',
    items: { item: { onHand: 0 } },
    ends: rejected('OUT_OF_STOCK'),
  },
  { name: 'what is cancelled keeps neither money nor goods', when: [place, cancel], ends: cancelledSometime },
];

/** The provider will hang until their deadline is over. */
export const beyondDeadline: readonly Scenario[] = [
  {
    // Its deadline is over before those of the others, which are waited for.
    name: 'what was sold before stays sold',
    when: placedAnd('ended'),
    ends: completed,
  },
  {
    name: 'what cannot be charged in time is cancelled, and given back if it is charged after all',
    when: [],
    meanwhile: [...placedAnd('charging'), until('cancelling')],
    ends: givenBack('TIMED_OUT'),
  },
  {
    name: 'what would be declined is cancelled for its deadline',
    orders: [{ token: 'tok_declined' }],
    when: [],
    meanwhile: [...placedAnd('charging'), until('cancelling')],
    ends: { ...voided('TIMED_OUT'), charges: 1 },
  },
  {
    name: 'what its customer cancelled before ends for that reason',
    when: [],
    meanwhile: [...placedAnd('charging'), cancel, until('cancelling')],
    ends: givenBack(),
  },
  {
    name: 'what a cancelled order held is sold to the next',
    items: { item: { onHand: 1 } },
    orders: [{ ends: givenBack() }, {}],
    when: [],
    meanwhile: [
      { do: 'place', of: 0 },
      { do: 'wait', until: 'charging', of: 0 },
      { do: 'cancel', of: 0 },
    ],
    afterwards: [
      { do: 'wait', until: 'ended', of: 0 },
      { do: 'place', of: 1 },
    ],
    ends: completed,
  },
  {
    name: 'what Catalog will not reserve, since it was released before, is cancelled',
    when: [],
    meanwhile: [{ do: 'releaseReservation' }, place, until('cancelling')],
    ends: voided('TIMED_OUT'),
  },
  {
    name: 'what is not in stock is rejected as ever',
    items: { item: { onHand: 0 } },
    when: [],
    meanwhile: placedAnd('ended'),
    ends: rejected('OUT_OF_STOCK'),
  },
];

/** They are asked for while Order can call nobody: it refuses those of direct sagas once its breaker is open. */
export const withoutCalls: readonly Scenario[] = [
  { name: 'what is asked for is sold, once', when: [ask], ends: completed },
  { name: 'what is declined is cancelled', orders: [{ token: 'tok_declined' }], when: [ask], ends: declined },
  {
    name: 'what is not in stock is rejected',
    items: { item: { onHand: 0 } },
    when: [ask],
    ends: rejected('OUT_OF_STOCK'),
  },
  {
    name: 'what is cancelled keeps neither money nor goods',
    when: [ask],
    afterwards: [until('placed'), cancel],
    ends: cancelledSometime,
  },
  { name: 'what is asked for meanwhile is sold, once', when: [], meanwhile: [ask], ends: completed },
];
