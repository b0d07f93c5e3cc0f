/** What is done in a scenario, as data. `of`: which of its orders, by its place in the list; all, if not said. */

/** Where an order has to be before the scenario goes on. */
export type Moment =
  /** It is durable. */
  | 'placed'
  /** Catalog holds the goods. */
  | 'reserved'
  /** Payment has begun to ask the provider. */
  | 'charging'
  /** The provider has charged. */
  | 'charged'
  /** Payment is to undo what it may have done, or is about to find out whether it did. */
  | 'cancelling'
  /** It has ended, and Catalog knows. */
  | 'ended'
  /** Its money is back after it completed. */
  | 'refunded';

/** A call at one of the services that do the steps, by whoever. */
export type StepRpc =
  | 'reserveItems'
  | 'releaseReservation'
  | 'confirmReservation'
  | 'charge'
  | 'cancelPayment'
  | 'refund';

/** `place`: ask, and wait until it is durable. `times`: so many at once. `refused`: with this reason. */
export type Step = { readonly of?: number } & (
  | { readonly do: 'place' }
  | { readonly do: 'ask' }
  | { readonly do: 'wait'; readonly until: Moment }
  /** The very same request. */
  | { readonly do: 'repeat'; readonly times: number }
  /** Another order under the same request_id. */
  | { readonly do: 'reuse request_id' }
  /** `alike`: under one request_id. */
  | { readonly do: 'cancel'; readonly times?: number; readonly alike?: true; readonly refused?: string }
  | { readonly do: StepRpc; readonly times?: number; readonly refused?: string }
  | { readonly do: 'set price'; readonly item: string; readonly price: bigint }
  | { readonly do: 'deliver'; readonly item: string; readonly pieces: bigint }
  /** Each order after another time of at most so long. */
  | { readonly do: 'let some time pass'; readonly maxMs: number }
);

export const place: Step = { do: 'place' };
export const ask: Step = { do: 'ask' };
export const cancel: Step = { do: 'cancel' };
export const until = (moment: Moment): Step => ({ do: 'wait', until: moment });
export const placedAnd = (moment: Moment): readonly Step[] => [place, until(moment)];
