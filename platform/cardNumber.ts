/**
 * Tells strings that look like a payment card's number, so that none is ever stored or logged: 13 to 19 digits that pass
 * the Luhn check (ISO/IEC 7812-1), either
 *
 * - the whole string, spaces and hyphens left out,
 * - a whole run of digits inside a longer text, or
 * - groups of digits as printed on cards (4-4-4-n, 4-6-5), alone or inside a longer text, with a space or one of - . _ : /
 *   between them.
 *
 * One number in ten passes Luhn by chance: an article number of 13 digits or more may be refused. UUIDs never match, since
 * neither their runs nor their groups have these lengths.
 */

const RUN = /\d{13,}/g;
const PRINTED = /(?<![0-9A-Za-z])\d{4}([ \-._:/])(?:\d{4}\1\d{4}\1\d{1,7}|\d{6}\1\d{5})(?![0-9A-Za-z])/g;
const SEPARATORS = /[\s\p{Dash_Punctuation}]/gu;
const BETWEEN_GROUPS = /\D/g;

/** The check digit rule of ISO/IEC 7812-1, annex B. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

const isCardNumber = (digits: string): boolean => /^\d{13,19}$/.test(digits) && passesLuhn(digits);

/** Whether a text is, or has in it, what looks like a card number. */
export function looksLikeCardNumber(text: string): boolean {
  if (text.length < 13) return false;
  // Full-width and other digits that read as 0 to 9 count as those.
  const plain = text.normalize('NFKC');
  const printed = (plain.match(PRINTED) ?? []).map((groups) => groups.replace(BETWEEN_GROUPS, ''));
  return [plain.replace(SEPARATORS, ''), ...printed, ...(plain.match(RUN) ?? [])].some(isCardNumber);
}
