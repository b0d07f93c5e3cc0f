/** One figure of one architecture over all rounds, how it is written, and when two of them differ. Pure. */
import type { ArchitectureName } from '../../../cli/architectures.ts';
import type { Comparison } from '../figures.ts';
import { median } from '../quantiles.ts';
import type { Measure } from './measures.ts';

export interface Figure {
  /** Of the rounds. */
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Undefined where the architecture has no such thing. */
export function figureOf(
  { runs }: Pick<Comparison, 'runs'>,
  measure: Pick<Measure, 'of'>,
  architecture: ArchitectureName,
): Figure | undefined {
  const values = runs.flatMap((run) => {
    const value = run.architecture === architecture ? measure.of(run) : undefined;
    return value === undefined ? [] : [value];
  });
  if (values.length === 0) return undefined;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Below this share of the smaller one a difference is taken for none. */
export const MIN_DIFFERENCE = 0.1;

/**
 * -1: a is less than b; 1: it is more; 0: they do not differ, that is, by less than a tenth, or by less than what the rounds
 * of the two differ among themselves.
 */
export function difference(a: Figure, b: Figure): -1 | 0 | 1 {
  const smaller = Math.min(Math.abs(a.median), Math.abs(b.median));
  const isNear = Math.abs(a.median - b.median) <= MIN_DIFFERENCE * smaller;
  const overlap = a.min <= b.max && b.min <= a.max;
  if (isNear || overlap) return 0;
  return a.median < b.median ? -1 : 1;
}

/** To within a twentieth: two digits that mean something, three after a 1 and above ten. */
export function number(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return grouped(Math.round(value));
  const isShort = Math.abs(value) < 10 && !/^-?1/.test(value.toExponential());
  return String(Number(value.toPrecision(isShort ? 2 : 3)));
}

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** `12.3 (11.9 to 12.8)`. */
export function figureText(figure: Figure | undefined): string {
  if (!figure) return '–';
  const { median, min, max } = figure;
  const range = number(min) === number(max) ? '' : ` (${number(min)} to ${number(max)})`;
  return `${number(median)}${range}`;
}
