/**
 * Catalog and Payment as a direct saga calls them: each behind a circuit breaker of its own, each call with a deadline.
 *
 * A call throws CallUnknown where nobody knows whether it was done (no answer in time, shed, the breaker open): it is
 * repeated under the same request id. Any other OrderlogError is the other service's own refusal.
 */
import { BrokenCircuitError } from 'cockatiel';
import {
  type BreakerState,
  createBreaker,
  HALF_OPEN_AFTER_MS,
  openTime,
  stateOf,
} from '../../../platform/breaker.ts';
import { type ErrorCode, OrderlogError } from '../../../platform/errors.ts';
import type { CallOptions, GrpcClient } from '../../../platform/grpc/client.ts';
import type { CatalogServiceService } from '../../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import type { PaymentServiceService } from '../../../proto/gen/orderlog/payment/v1/payment_service.ts';

export class CallUnknown extends Error {
  /** When to call again; unset: by the caller's own backoff. */
  readonly retryAfterMs: number | undefined;
  constructor(message: string, cause: unknown, retryAfterMs: number | undefined) {
    super(message, { cause });
    this.name = 'CallUnknown';
    this.retryAfterMs = retryAfterMs;
  }
}

/** Calls one service. */
export interface Remote<C> {
  /** Throws CallUnknown, or the service's own refusal. */
  call<T>(
    timeoutMs: number,
    call: (client: C, options: CallOptions) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>;
  /** Why nothing is to be begun that needs this service; undefined: it may be called. */
  refusal(): OrderlogError | undefined;
}

export interface Remotes {
  readonly catalog: Remote<
    Pick<
      GrpcClient<CatalogServiceService>,
      'reserveItems' | 'releaseReservation' | 'confirmReservation' | 'returnReservation'
    >
  >;
  readonly payment: Remote<Pick<GrpcClient<PaymentServiceService>, 'charge' | 'cancelPayment'>>;
}

/** No answer, or none that counts: what the other side did is not known. Those that are its fault open the breaker. */
const FAULTS: readonly ErrorCode[] = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL', 'DATA_LOSS'];
const UNKNOWN: readonly ErrorCode[] = [...FAULTS, 'RESOURCE_EXHAUSTED', 'CANCELLED', 'ABORTED'];
/** The other side has taken the call, and says that its outcome is still to come: an answer, and no fault of its own. */
export const isTaken = (error: unknown): boolean =>
  error instanceof OrderlogError && error.reason === 'CHARGE_UNKNOWN';
const isOneOf = (codes: readonly ErrorCode[], error: unknown): error is OrderlogError =>
  error instanceof OrderlogError && codes.includes(error.code) && !isTaken(error);

/** `name`: of the service, for messages. */
export function createRemote<C>(
  name: string,
  client: C,
  halfOpenAfterMs = HALF_OPEN_AFTER_MS,
): Remote<C> & { breakerState(): BreakerState } {
  const breaker = createBreaker((error) => isOneOf(FAULTS, error), halfOpenAfterMs);
  const openForMs = openTime(breaker, halfOpenAfterMs);
  return {
    async call(timeoutMs, call, signal) {
      try {
        return await breaker.execute(() => call(client, { timeoutMs, signal }));
      } catch (error) {
        if (error instanceof BrokenCircuitError) {
          throw new CallUnknown(
            `${name} has failed again and again; its breaker is open`,
            error,
            openForMs(),
          );
        }
        if (!isOneOf(UNKNOWN, error)) throw error;
        throw new CallUnknown(`no definite answer from ${name}: ${error.message}`, error, error.retryAfterMs);
      }
    },
    breakerState: () => stateOf(breaker),
    refusal() {
      const retryAfterMs = openForMs();
      if (retryAfterMs === 0) return undefined;
      return new OrderlogError(
        'UNAVAILABLE',
        'BREAKER_OPEN',
        `${name} has failed again and again, so no direct saga is begun now: repeat later with the same request_id, or ask for another saga_mode`,
        { retryAfterMs },
      );
    },
  };
}
