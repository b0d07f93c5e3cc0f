/**
 * Reads the provider's definite answers from its responses, and throws for all that is none. Neither a decline nor what is thrown
 * repeats the token that was charged, whatever the provider says of it.
 */
import { z } from 'zod';
import { tellable } from '../../../platform/redaction/words.ts';
import { RequestRefused } from './ask.ts';
import type { HttpResponse } from './httpClient.ts';
import type { ChargeAnswer, LookupAnswer, RefundAnswer } from './provider.ts';

const words = (maxLength: number) => z.string().transform((text) => tellable(text, maxLength));

const id = z.string().regex(/^[\x21-\x7e]{1,200}$/);
const captured = z.object({ status: z.literal('captured'), id });
const lookedUp = captured.extend({ refundId: id.optional() });
const declined = z.object({ status: z.literal('declined'), code: z.string(), message: z.string() });
const refunded = z.object({ status: z.literal('refunded'), id });
const refused = z.object({ status: z.literal('refused'), code: words(100), message: words(350) });

/** 200: captured, 402: declined. */
export function chargeAnswer(response: HttpResponse, token = ''): ChargeAnswer {
  if (response.status === 200) return { kind: 'captured', reference: captured.parse(jsonOf(response)).id };
  if (response.status === 402) {
    const { code, message } = declined.parse(jsonOf(response));
    return { kind: 'declined', code: tellable(code, 100, token), message: tellable(message, 500, token) };
  }
  return noAnswer(response);
}

/** 200: refunded, 402: refused. */
export function refundAnswer(response: HttpResponse): RefundAnswer {
  if (response.status === 200) return { kind: 'refunded', reference: refunded.parse(jsonOf(response)).id };
  if (response.status === 402) {
    const { code, message } = refused.parse(jsonOf(response));
    return { kind: 'refused', code, message };
  }
  return noAnswer(response);
}

/** As a charge is answered, with the refund if there was one, or 404. */
export function lookupAnswer(response: HttpResponse): LookupAnswer {
  if (response.status === 200) {
    const { id: reference, refundId } = lookedUp.parse(jsonOf(response));
    return { kind: 'captured', reference, ...(refundId !== undefined && { refundReference: refundId }) };
  }
  if (response.status !== 404) return chargeAnswer(response);
  return { kind: 'notFound' };
}

/** What JSON.parse throws repeats some of a text that is none. */
function jsonOf({ status, body }: HttpResponse): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Error(`the provider answers ${status} without JSON`);
  }
}

function noAnswer({ status }: HttpResponse): never {
  const what = `the provider answers ${status}`;
  if (status >= 400 && status < 500 && status !== 429) throw new RequestRefused(what);
  throw new Error(what);
}
