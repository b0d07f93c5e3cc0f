/**
 * Whether what was measured agrees with what the article says, by one rule for all of it (RULE). Pure.
 */
import type { Comparison } from '../figures.ts';
import { COLUMN_NAMES, COLUMNS, type Column, type Criterion, type Judged } from './article.ts';
import { difference, type Figure, figureOf } from './figure.ts';
import { measureOf } from './measures.ts';

export const RULE = [
  'The article speaks of one thing against another, so it is judged by pairs: for any two of its columns its words say which has more, or that both have the same.',
  'Two figures differ if their medians over the rounds differ by more than a tenth, and no round of the one reaches the range of the other.',
  'A pair is seen if the figures differ as the words do (or both do not), contradicted if they differ the other way or where the words are the same, and not seen if the figures do not differ where the words do.',
  'A column agrees if at least half of its pairs are seen. A criterion agrees if at least three quarters of all its pairs are seen, disagrees if less than half are, and else agrees in part.',
] as const;

export type Pair = 'seen' | 'not seen' | 'contradicted';
export type Agreement = 'agrees' | 'agrees in part' | 'disagrees';

export interface Verdict {
  readonly criterion: Criterion;
  /** Undefined: nothing that was measured tells. */
  readonly judged: Judged | undefined;
  readonly columns: Readonly<Partial<Record<Column, { readonly figure: Figure; readonly agrees: boolean }>>>;
  readonly pairs: readonly { readonly columns: readonly [Column, Column]; readonly pair: Pair }[];
  readonly agreement: Agreement | undefined;
}

const COLUMN_SHARE = 0.5;
const AGREES_FROM = 0.75;
const IN_PART_FROM = 0.5;

/** One for each measure by which the criterion is judged, or one without any. */
export function verdictsOf(comparison: Pick<Comparison, 'runs'>, criterion: Criterion): readonly Verdict[] {
  if (criterion.judgedBy.length === 0) {
    return [{ criterion, judged: undefined, columns: {}, pairs: [], agreement: undefined }];
  }
  return criterion.judgedBy.map((judged) => verdictOf(comparison, criterion, judged));
}

function verdictOf(comparison: Pick<Comparison, 'runs'>, criterion: Criterion, judged: Judged): Verdict {
  const figures = COLUMN_NAMES.flatMap((column) => {
    const figure = figureOf(comparison, measureOf(judged.measure), COLUMNS[column]);
    return figure && !judged.except?.includes(column) ? [{ column, figure }] : [];
  });
  const pairs = figures.flatMap((a, at) =>
    figures.slice(at + 1).map((b) => ({
      columns: [a.column, b.column] as const,
      pair: pairOf(
        Math.sign(rank(criterion, a.column) - rank(criterion, b.column)),
        difference(a.figure, b.figure) * (judged.rises === 'more' ? 1 : -1),
      ),
    })),
  );
  const shareSeen = (some: typeof pairs) =>
    some.filter(({ pair }) => pair === 'seen').length / Math.max(1, some.length);
  const columns = figures.map(({ column, figure }) => {
    const own = pairs.filter((pair) => pair.columns.includes(column));
    return [column, { figure, agrees: shareSeen(own) >= COLUMN_SHARE }];
  });
  return {
    criterion,
    judged,
    columns: Object.fromEntries(columns),
    pairs,
    agreement: pairs.length > 0 ? agreementOf(shareSeen(pairs)) : undefined,
  };
}

function rank({ order, words }: Criterion, column: Column): number {
  const found = order.findIndex((group) => group.includes(words[column]));
  if (found < 0) throw new Error(`the order of words lacks ${words[column]}`);
  return found;
}

/** Both -1, 0 or 1: how the words say that the two stand to each other, and how the figures do. */
function pairOf(said: number, measured: number): Pair {
  if (said === measured) return 'seen';
  return measured === 0 ? 'not seen' : 'contradicted';
}

const agreementOf = (share: number): Agreement => {
  if (share >= AGREES_FROM) return 'agrees';
  return share >= IN_PART_FROM ? 'agrees in part' : 'disagrees';
};
