/**
 * A bound on what is in progress at once in this process: what is above it is refused at once, and nothing queues. What is
 * shed first gets no more than its share, so that there is always room for the rest.
 */
import { OrderlogError } from '../errors.ts';

const RETRY_AFTER_MS = 1_000;
const SHED_FIRST_SHARE = 0.8;

export interface Limit {
  /** Takes a place; throws RESOURCE_EXHAUSTED if there is none. */
  enter(shedFirst?: boolean): void;
  /** Gives it back. */
  leave(): void;
}

/** `what` names what is counted, in the plural. */
export function createLimit(max: number, what: string): Limit {
  let inProgress = 0;
  return {
    enter(shedFirst = false) {
      if (inProgress >= (shedFirst ? max * SHED_FIRST_SHARE : max)) {
        const message = `the server has ${inProgress} ${what} in progress already; repeat later`;
        throw new OrderlogError('RESOURCE_EXHAUSTED', 'TOO_MANY_CALLS', message, {
          retryAfterMs: RETRY_AFTER_MS,
        });
      }
      inProgress += 1;
    },
    leave() {
      inProgress -= 1;
    },
  };
}
