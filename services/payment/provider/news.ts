/** What a provider tells by itself, as a webhook: the same answers as those to calls, with whose they are. */
import type { ChargeAnswer, RefundAnswer } from './provider.ts';

export type ProviderNews =
  | {
      readonly kind: 'charge';
      readonly orderId: string;
      /** The charge's. */
      readonly key: string;
      readonly currency: string;
      readonly amountMinor: bigint;
      readonly answer: ChargeAnswer;
    }
  | {
      readonly kind: 'refund';
      readonly orderId: string;
      /** The attempt's. */
      readonly key: string;
      readonly answer: RefundAnswer;
    };

export interface NewsFormat {
  /** The header that the signature is in (platform/signedBody.ts), in lower case. */
  readonly signatureHeader: string;
  /** undefined: nothing that concerns Payment. Throws for an event that is not as the provider's are. */
  read(event: unknown): ProviderNews | undefined;
}
