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

export interface ProviderRefund {
  /** The idempotency key: one attempt's. */
  readonly key: string;
  readonly orderId: string;
  /** The provider's own id of the charge. */
  readonly chargeReference: string;
  readonly currency: string;
  readonly amountMinor: bigint;
}

/** A definite answer. */
export type ChargeAnswer =
  | { readonly kind: 'captured'; readonly reference: string }
  | { readonly kind: 'declined'; readonly code: string; readonly message: string };

/** A definite answer. Refused: the next attempt may be made under its own key, and gives nothing back twice. */
export type RefundAnswer =
  | { readonly kind: 'refunded'; readonly reference: string }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** `notFound` is no answer: a charge may be under way, or its key forgotten. */
export type LookupAnswer =
  | (ChargeAnswer & {
      /** Set if all of a captured charge was given back, by whomever: the provider's own id of the refund. */
      readonly refundReference?: string;
    })
  | { readonly kind: 'notFound' };

/** Each throws ProviderUnknown for whatever is not definite: the money may have been moved or not. */
export interface Provider {
  charge(wish: ProviderCharge, signal: AbortSignal): Promise<ChargeAnswer>;
  refund(wish: ProviderRefund, signal: AbortSignal): Promise<RefundAnswer>;
  /** What became of the charge under this key. */
  lookup(key: string, signal: AbortSignal): Promise<LookupAnswer>;
}

/** How long the provider remembers the keys of charges. */
export const KEY_RETENTION_SECONDS = 86_400;

/** No definite answer was had: ask again under the same key. */
export class ProviderUnknown extends Error {
  /** Not before this time; unset: the caller's own backoff. */
  readonly retryAfterMs: number | undefined;
  /** It has failed too often of late, and was not asked; or not once more, where that became known between two tries. */
  readonly wasNotAsked: boolean;
  /** The provider has told that it is at it, and will end it. */
  readonly isInProgress: boolean;

  constructor(
    message: string,
    options: { cause?: unknown; retryAfterMs?: number; wasNotAsked?: boolean; isInProgress?: boolean } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ProviderUnknown';
    this.retryAfterMs = options.retryAfterMs;
    this.wasNotAsked = options.wasNotAsked ?? false;
    this.isInProgress = options.isInProgress ?? false;
  }
}
