/**
 * Texts around a pattern: the shortest and the longest that match, one character less and more, a character that does not
 * belong at either end, and a line break at the end, which some engines' `$` lets through.
 *
 * Understands what the contract's patterns are made of: `^`, classes with `{m,n}` or alone, `$`.
 */
import { type Candidate, invalid, valid } from './candidate.ts';

interface Part {
  readonly chars: readonly string[];
  readonly min: number;
  readonly max: number;
}

const PART = /\[((?:\\.|[^\]])+)\](?:\{(\d+),(\d+)\})?/y;
const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;
const PRINTABLE = Array.from({ length: LAST_PRINTABLE - FIRST_PRINTABLE + 1 }, (_, index) =>
  String.fromCharCode(FIRST_PRINTABLE + index),
);

/** Throws for a pattern that it does not understand. */
function partsOf(pattern: string): readonly Part[] {
  const parts: Part[] = [];
  PART.lastIndex = 1;
  for (let match = PART.exec(pattern); match; match = PART.exec(pattern)) {
    const [, set = '', min = '1', max = '1'] = match;
    const inSet = new RegExp(`^[${set}]$`);
    parts.push({ chars: PRINTABLE.filter((char) => inSet.test(char)), min: Number(min), max: Number(max) });
    if (pattern.startsWith('$', PART.lastIndex) && pattern.startsWith('^')) return parts;
  }
  throw new Error(`contract/generate/pattern.ts does not understand the pattern ${pattern}`);
}

const textOf = (parts: readonly Part[], length: 'min' | 'max'): string =>
  parts
    .map((part) => Array.from({ length: part[length] }, (_, index) => charOf(part, index)).join(''))
    .join('');

/** Letters first: digits in a row might read as a card number. */
const charOf = ({ chars }: Part, index: number): string => {
  const plain = chars.filter((char) => /[A-Za-z]/.test(char));
  const from = plain.length > 0 ? plain : chars;
  return from[index % from.length] ?? '';
};

export const shortestMatch = (pattern: string): string => textOf(partsOf(pattern), 'min');

export function patternCandidates(pattern: string): readonly Candidate[] {
  const parts = partsOf(pattern);
  const shortest = textOf(parts, 'min');
  const longest = textOf(parts, 'max');
  const stranger = PRINTABLE.find((char) => !parts.some(({ chars }) => chars.includes(char))) ?? '';
  const matches = new RegExp(pattern);
  const judged = (name: string, text: string) =>
    (matches.test(text) ? valid : invalid)(`string.pattern/${name}`, text);
  return [
    valid('string.pattern/shortest', shortest),
    valid('string.pattern/longest', longest),
    ...(shortest.length > 0 ? [judged('shorter', shortest.slice(1))] : []),
    invalid('string.pattern/longer', `${longest}${longest.slice(-1)}`),
    judged('stranger_first', `${stranger}${shortest.slice(1) || charOf(parts[0] ?? noPart, 0)}`),
    judged('stranger_last', `${shortest || charOf(parts[0] ?? noPart, 0)}${stranger}`),
    judged('line_break_last', `${shortest || charOf(parts[0] ?? noPart, 0)}\n`),
    judged('other_script', `${shortest}\u0451`),
  ];
}

const noPart: Part = { chars: [], min: 0, max: 0 };
