/**
 * A bound on what one network has of a limit for all, so that a stranger who takes what he can keeps nobody out but himself. For what
 * nobody needs a token for, and may stay at.
 */
import { networkOf } from '../access/rateLimit.ts';
import { OrderlogError } from '../errors.ts';

const RETRY_AFTER_MS = 1_000;

export interface Shares {
  /** Takes a place of the network that an address is in; or tells why there is none for it: RESOURCE_EXHAUSTED. */
  enter(address: string): { readonly leave: () => void } | { readonly refusal: OrderlogError };
}

/** `what` names what is counted, in the plural; `instead`, what to do where there is no place. */
export function createShares(max: number, what: string, instead: string): Shares {
  const message = `${max} ${what} are in progress for the caller's network already: ${instead}`;
  const refusal = new OrderlogError('RESOURCE_EXHAUSTED', 'TOO_MANY_CALLS', message, {
    retryAfterMs: RETRY_AFTER_MS,
  });
  const taken = new Map<string, number>();
  return {
    enter(address) {
      const network = networkOf(address);
      const before = taken.get(network) ?? 0;
      if (before >= max) return { refusal };
      taken.set(network, before + 1);
      return {
        leave() {
          const left = (taken.get(network) ?? 0) - 1;
          if (left > 0) taken.set(network, left);
          else taken.delete(network);
        },
      };
    },
  };
}
