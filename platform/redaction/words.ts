/** Words of somebody else, a provider's or an error's, as they may be stored, published and told. */
import { looksLikeCardNumber } from '../cardNumber.ts';
import { REDACTED, shown } from './texts.ts';

/** No control characters, no secrets, no card numbers, not endless, and nothing of what is `hidden` (a payment token). */
export function tellable(text: string, maxChars: number, hidden = ''): string {
  if (looksLikeCardNumber(text)) return 'withheld';
  const told = hidden === '' ? text : text.replaceAll(hidden, REDACTED);
  return shown(told)
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, maxChars);
}
