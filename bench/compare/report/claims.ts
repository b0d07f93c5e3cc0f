/** What else the article says that can be held against figures: each claim with its rule. Pure. */
import type { ArchitectureName } from '../../../cli/architectures.ts';
import type { Comparison } from '../figures.ts';
import { difference, type Figure, figureOf, number } from './figure.ts';
import { measureOf } from './measures.ts';

export interface ClaimVerdict {
  readonly claim: string;
  readonly rule: string;
  readonly measured: string;
  /** Undefined: it was not measured. */
  readonly agrees: boolean | undefined;
}

interface Claim {
  readonly claim: string;
  readonly rule: string;
  /** Measures' keys and architectures, in the order in which `holds` gets their figures. */
  readonly of: readonly (readonly [measure: string, architecture: ArchitectureName])[];
  holds(figures: readonly Figure[]): boolean;
}

const [BASIC, IMPROVED, BOTH] = ['basic SAGA', 'optimised SAGA', 'event sourcing + CQRS'] as const;

const isLess = ([a, b]: readonly Figure[]): boolean =>
  a !== undefined && b !== undefined && difference(a, b) < 0;
const isBetween =
  (from: number, to: number) =>
  ([figure]: readonly Figure[]): boolean =>
    figure !== undefined && figure.median >= from && figure.median <= to;

export const CLAIMS: readonly Claim[] = [
  {
    claim: 'The basic SAGA suffers from cascading failures',
    rule: 'the longest answer of PlaceOrder while the provider is down is above that of the optimised SAGA',
    of: [
      ['outageAnswer.max', IMPROVED],
      ['outageAnswer.max', BASIC],
    ],
    holds: isLess,
  },
  {
    claim: 'The basic SAGA has no history of changes',
    rule: 'no question about an order’s past is answered',
    of: [['history', BASIC]],
    holds: isBetween(0, 0),
  },
  {
    claim: 'Outbox, idempotency and breakers cost complexity',
    rule: 'the optimised SAGA runs more lines of code than the basic one',
    of: [
      ['ranLines', BASIC],
      ['ranLines', IMPROVED],
    ],
    holds: isLess,
  },
  {
    claim: 'A write to the event store takes some 50 ms',
    rule: 'the median answer of event sourcing + CQRS lies between 25 and 100 ms',
    of: [['toAnswer.p50', BOTH]],
    holds: isBetween(25, 100),
  },
  {
    claim: 'The read model follows within 100 to 500 ms',
    rule: 'the median time until lists agree lies between 100 and 500 ms',
    of: [['agreeList.p50', BOTH]],
    holds: isBetween(100, 500),
  },
  {
    claim: 'Reads are consistent after 500 ms',
    rule: '99 of 100 lists agree within 500 ms',
    of: [['agreeList.p99', BOTH]],
    holds: isBetween(0, 500),
  },
];

export function claimVerdicts(comparison: Pick<Comparison, 'runs'>): readonly ClaimVerdict[] {
  return CLAIMS.map(({ claim, rule, of, holds }) => {
    const figures = of.map(([key, architecture]) => figureOf(comparison, measureOf(key), architecture));
    const known = figures.filter((figure) => figure !== undefined);
    const measured = of.map(([key, architecture], at) => {
      const { unit } = measureOf(key);
      const figure = figures[at];
      return `${architecture}: ${figure ? `${number(figure.median)} ${unit}`.trim() : 'not measured'}`;
    });
    const agrees = known.length === of.length ? holds(known) : undefined;
    return { claim, rule, measured: measured.join('; '), agrees };
  });
}
