/** The payment provider, as far as Payment needs it. Every call may be repeated under its key. */

export interface ProviderCharge {
  /** The idempotency key: the payment's id. */
  readonly key: string;
  readonly orderId: string;
  readonly currency: string;
  readonly amountMinor: bigint;
  /** The opaque token of what is charged. */
  readonly token: string;
}

/** A definite answer. */
export type ChargeAnswer =
  | { readonly kind: 'captured'; readonly reference: string }
  | { readonly kind: 'declined'; readonly code: string; readonly message: string };

export interface Provider {
  /** Throws ProviderUnknown for whatever is not definite: the money may have been taken or not. */
  charge(wish: ProviderCharge, signal: AbortSignal): Promise<ChargeAnswer>;
}

/** No definite answer was had: ask again under the same key. */
export class ProviderUnknown extends Error {
  /** Not before this time; unset: the caller's own backoff. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, { cause: options.cause });
    this.name = 'ProviderUnknown';
    this.retryAfterMs = options.retryAfterMs;
  }
}
