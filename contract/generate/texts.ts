/** Texts around the rules of a string field. */
import { randomUUID } from 'node:crypto';
import type { DescField } from '@bufbuild/protobuf';
import { type Candidate, invalid, valid } from './candidate.ts';
import { patternCandidates } from './pattern.ts';
import { type TextRules, textRules } from './rules.ts';

/** For fields without an upper bound. */
const LONG_CHARS = 300;
/** One character, two UTF-16 units, four bytes. */
const ASTRAL = '\u{1F600}';

export function textCandidates(field: DescField): readonly Candidate[] {
  const rules = textRules(field);
  if (rules.isUuid) return uuidCandidates(rules);
  if (rules.pattern !== undefined) return patternCandidates(rules.pattern);
  return lengthCandidates(rules);
}

/** A new one for each request: some name what is made. */
const newUuid = (name: string, spell: (uuid: string) => string): Candidate => ({
  name,
  isValid: true,
  edit: (holder, field) => holder.set(field, spell(randomUUID())),
});

/** Thirteen digits on end may be what looks like a card number, which is refused before anything else is said of it. */
const withoutHyphens = (uuid: string): string =>
  uuid.replaceAll('-', '').replace(/\d{12}(?=\d)/g, 'abcdefabcdef');

function uuidCandidates({ mayBeEmpty }: TextRules): readonly Candidate[] {
  const uuid = randomUUID();
  return [
    newUuid('string.uuid/lower_case', (each) => each),
    newUuid('string.uuid/upper_case', (each) => each.toUpperCase()),
    (mayBeEmpty ? valid : invalid)('string.uuid/empty', ''),
    invalid('string.uuid/shorter', uuid.slice(0, -1)),
    invalid('string.uuid/longer', `${uuid}0`),
    invalid('string.uuid/no_hyphens', withoutHyphens(uuid)),
    invalid('string.uuid/not_hexadecimal', `g${uuid.slice(1)}`),
    invalid('string.uuid/braces', `{${uuid}}`),
    invalid('string.uuid/urn', `urn:uuid:${uuid}`),
    invalid('string.uuid/line_break_last', `${uuid}\n`),
    invalid('string.uuid/space_first', ` ${uuid}`),
  ];
}

/** Lengths are counted in characters: neither bytes nor UTF-16 units. */
function lengthCandidates({ minLength, maxLength }: TextRules): readonly Candidate[] {
  const below = 'b'.repeat(Math.max(0, minLength - 1));
  const atLeast = minLength > 0 ? [invalid('string.min_len/below', below)] : [valid('string/empty', '')];
  const at = minLength > 0 ? [valid('string.min_len/at', 'a'.repeat(minLength))] : [];
  const quotes = valid('string/quotes', `"'\\;--`.slice(0, maxLength));
  if (maxLength === undefined)
    return [...atLeast, ...at, quotes, valid('string/long', 'n'.repeat(LONG_CHARS))];
  return [
    ...atLeast,
    ...at,
    quotes,
    valid('string.max_len/just_below', 'm'.repeat(maxLength - 1)),
    valid('string.max_len/at', 'm'.repeat(maxLength)),
    valid('string.max_len/at_in_astral_characters', ASTRAL.repeat(maxLength)),
    invalid('string.max_len/above', 'm'.repeat(maxLength + 1)),
    invalid('string.max_len/above_in_astral_characters', ASTRAL.repeat(maxLength + 1)),
  ];
}
