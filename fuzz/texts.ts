/** Texts that something goes wrong with now and then. */
import fc from 'fast-check';

const TRAPS: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\u{1F600}',
  'e\u0301',
  '\u202etxt',
  '\ufeff',
  '\ufffd',
  '\uffff',
  'İ',
  'ß',
  '../../etc/passwd',
  "' or 1=1 --",
  '%00',
  '%',
  '{{7*7}}',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'NaN',
  'Infinity',
  '-0',
  '1e400',
  '9223372036854775808',
  '-9223372036854775809',
  '0x10',
  '4111111111111111',
  '2026-02-30T00:00:00Z',
  '0000-00-00T00:00:00Z',
  '9999-12-31T23:59:60Z',
  'a b:c^d~e*?\\"(/)[x TO y] AND OR NOT',
];

/** Well-formed: lone surrogates cannot be sent as UTF-8, and have a case of their own (json.ts). */
export const texts: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 3, arbitrary: fc.constantFrom(...TRAPS) },
    { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
    { weight: 1, arbitrary: fc.uuid() },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 300 }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...TRAPS), fc.integer({ min: 1, max: 20_000 }))
        .map(([text, times]) => text.repeat(times).slice(0, 20_000)),
    },
  )
  .map((text) => text.toWellFormed());

const TEXT_PARTS = fc.constantFrom(
  '\0',
  '\r\n',
  '\r\n\r\n',
  '\t',
  ' ',
  ':',
  ';',
  ',',
  '\xff',
  '%zz',
  '/..',
  '//',
);

/** Bytes that were right are changed here and there: at a share of their length, some are taken out and others put in. */
export interface Damage {
  readonly at: number;
  readonly without: number;
  readonly put: Uint8Array;
}

export const damages: fc.Arbitrary<readonly Damage[]> = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    without: fc.oneof(fc.nat(8), fc.nat(10_000)),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      TEXT_PARTS.map((text) => new Uint8Array(Buffer.from(text, 'latin1'))),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

export const damaged = (bytes: Uint8Array, all: readonly Damage[]): Uint8Array =>
  all.reduce<Uint8Array>((left, { at, without, put }) => {
    const from = Math.floor(at * left.length);
    return Buffer.concat([left.subarray(0, from), put, left.subarray(from + without)]);
  }, bytes);
