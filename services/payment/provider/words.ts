/** The provider's words, as they may be stored and published. */
import { looksLikeCardNumber } from '../../../platform/cardNumber.ts';

/** No control characters, no card numbers, not endless, and nothing of what is not to be shown (a payment token). */
export function wordsOf(text: string, maxLength: number, hidden = ''): string {
  if (looksLikeCardNumber(text)) return 'withheld';
  const shown = hidden === '' ? text : text.replaceAll(hidden, '[redacted]');
  return shown
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, maxLength);
}
