/** The sandbox's webhooks: `{ id, type: 'charge' | 'refund', data }`, where data is what was done (services/sandbox/webhooks.ts). */
import { z } from 'zod';
import { tellable } from '../../../platform/redaction/words.ts';
import type { NewsFormat } from './news.ts';

const id = z.string().regex(/^[\x21-\x7e]{1,200}$/);
const words = (maxLength: number) => z.string().transform((text) => tellable(text, maxLength));
const common = {
  key: id,
  id,
  orderId: z.uuid().toLowerCase(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  amountMinor: z.string().regex(/^\d{1,19}$/),
};
const events = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('charge'),
    data: z.object({
      ...common,
      status: z.enum(['captured', 'declined']),
      code: words(100),
      message: words(500),
    }),
  }),
  z.object({ type: z.literal('refund'), data: z.object(common) }),
]);

export const sandboxNews: NewsFormat = {
  signatureHeader: 'provider-signature',
  read(event) {
    const { type, data } = events.parse(event);
    const { key, orderId, id: reference, currency } = data;
    if (type === 'refund') {
      return { kind: 'refund', orderId, key, answer: { kind: 'refunded', reference } };
    }
    const { status, code, message } = data;
    const answer =
      status === 'captured'
        ? ({ kind: 'captured', reference } as const)
        : ({ kind: 'declined', code, message } as const);
    return { kind: 'charge', orderId, key, currency, amountMinor: BigInt(data.amountMinor), answer };
  },
};
