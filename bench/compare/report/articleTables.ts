/** What the article says beside what was measured, and whether the two agree. Pure. */
import type { Comparison } from '../figures.ts';
import { COLUMN_NAMES, CRITERIA } from './article.ts';
import type { Block } from './blocks.ts';
import { claimVerdicts } from './claims.ts';
import { figureText, number } from './figure.ts';
import { measureOf } from './measures.ts';
import { type Verdict, verdictsOf } from './verdict.ts';

type Table = Extract<Block, { kind: 'table' }>;
type Runs = Pick<Comparison, 'runs'>;

export const criteriaTable = (comparison: Runs): Table => ({
  kind: 'table',
  head: ['criterion', 'judged by', ...COLUMN_NAMES, 'the measurement'],
  rows: CRITERIA.flatMap((criterion) => verdictsOf(comparison, criterion)).map((verdict) => [
    verdict.criterion.name,
    judgedText(verdict),
    ...COLUMN_NAMES.map((column) => {
      const found = verdict.columns[column];
      const word = verdict.criterion.words[column];
      return found ? `${word}: ${number(found.figure.median)} ${found.agrees ? '✓' : '✗'}` : word;
    }),
    agreementText(verdict),
  ]),
});

function judgedText({ judged }: Verdict): string {
  if (!judged) return 'nothing that is measured: `orderlog advise` weighs needs instead';
  const { group, name, unit } = measureOf(judged.measure);
  return `${group}: ${name}${unit ? `, ${unit}` : ''} (${judged.rises === 'more' ? 'rises' : 'falls'} with the words)`;
}

function agreementText({ agreement, pairs }: Verdict): string {
  if (!agreement) return '–';
  const seen = pairs.filter(({ pair }) => pair === 'seen').length;
  return `${agreement}: ${seen} of ${pairs.length} pairs seen`;
}

/** Each pair of columns that was measured the other way round than it is said. */
export const contradictions = (comparison: Runs): readonly string[] =>
  CRITERIA.flatMap((criterion) => verdictsOf(comparison, criterion)).flatMap(
    ({ criterion, judged, columns, pairs }) =>
      pairs.flatMap(({ columns: [a, b], pair }) => {
        if (pair !== 'contradicted' || !judged) return [];
        const { name, unit } = measureOf(judged.measure);
        const told = [a, b].map((column) =>
          `${column} (${criterion.words[column]}) ${figureText(columns[column]?.figure)} ${unit}`.trimEnd(),
        );
        return [`${criterion.name}, by ${name}: ${told.join(' against ')}`];
      }),
  );

export const claimsTable = (comparison: Runs): Table => ({
  kind: 'table',
  head: ['the article says', 'rule', 'measured', 'agrees'],
  rows: claimVerdicts(comparison).map(({ claim, rule, measured, agrees }) => [
    claim,
    rule,
    measured,
    agrees === undefined ? '–' : agrees ? '✓' : '✗',
  ]),
});
