/**
 * A bound on what is in progress at once in this process: what is above it is refused at once, and nothing queues. What is
 * shed first gets no more than its share, so that there is always room for the rest.
 */
import { OrderlogError } from '../errors.ts';

const RETRY_AFTER_MS = 1_000;
const SHED_FIRST_SHARE = 0.8;

export interface Limit {
  /** Takes a place; returns RESOURCE_EXHAUSTED if there is none. */
  enter(shedFirst?: boolean): OrderlogError | undefined;
  /** Gives it back. */
  leave(): void;
}

/** `what` names what is counted, in the plural. */
export function createLimit(max: number, what: string): Limit {
  const forAll = bound(max, what);
  const forShedFirst = bound(max * SHED_FIRST_SHARE, what);
  let inProgress = 0;
  return {
    enter(shedFirst = false) {
      const { most, full } = shedFirst ? forShedFirst : forAll;
      if (inProgress >= most) return full;
      inProgress += 1;
      return undefined;
    },
    leave() {
      inProgress -= 1;
    },
  };
}

/** The refusal is made once: what is refused often must cost little. */
function bound(most: number, what: string) {
  const message = `the server has ${Math.ceil(most)} ${what} in progress already; repeat later`;
  const full = new OrderlogError('RESOURCE_EXHAUSTED', 'TOO_MANY_CALLS', message, {
    retryAfterMs: RETRY_AFTER_MS,
  });
  return { most, full };
}
