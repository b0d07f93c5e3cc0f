/** What the last comparison says of a recommendation: for it, against it, and what it costs. Pure. */
import type { Comparison } from '../../bench/compare/figures.ts';
import { difference, figureOf, number } from '../../bench/compare/report/figure.ts';
import { measureOf } from '../../bench/compare/report/measures.ts';
import { ARCHITECTURE_NAMES, type ArchitectureName } from '../architectures.ts';

/** What a recommendation stands on: its figure has to be more or less than another architecture's. */
interface Ground {
  readonly measure: string;
  readonly than: ArchitectureName;
  readonly expected: 'more' | 'less';
}

const ground = (measure: string, expected: Ground['expected'], than: ArchitectureName): Ground => ({
  measure,
  than,
  expected,
});

export const GROUNDS: Readonly<Record<ArchitectureName, readonly Ground[]>> = {
  'basic SAGA': [
    ground('ranLines', 'less', 'optimised SAGA'),
    ground('cpu', 'less', 'event sourcing + CQRS'),
    ground('processes', 'less', 'event sourcing + CQRS'),
  ],
  'optimised SAGA': [
    ground('outageAnswer.max', 'less', 'basic SAGA'),
    ground('toAnswer.p50', 'less', 'basic SAGA'),
    ground('processes', 'less', 'event sourcing + CQRS'),
  ],
  'orchestrated SAGA': [
    ground('outageAnswer.max', 'less', 'basic SAGA'),
    ground('processes', 'less', 'event sourcing + CQRS'),
  ],
  'event sourcing': [
    ground('history', 'more', 'optimised SAGA'),
    ground('agreeList.p99', 'less', 'event sourcing + CQRS'),
    ground('processes', 'less', 'event sourcing + CQRS'),
  ],
  CQRS: [
    ground('list.p50', 'less', 'optimised SAGA'),
    ground('writeSideReadCpu', 'less', 'optimised SAGA'),
    ground('questions', 'more', 'optimised SAGA'),
  ],
  'event sourcing + CQRS': [
    ground('history', 'more', 'CQRS'),
    ground('list.p50', 'less', 'event sourcing'),
    ground('writeSideReadCpu', 'less', 'event sourcing'),
    ground('questions', 'more', 'event sourcing'),
  ],
};

/** What may cost more than the cheapest. */
const COSTS = ['processes', 'memory', 'cpu', 'idleCpu', 'stored', 'ranLines', 'agreeList.p99'] as const;

export interface Evidence {
  readonly what: string;
  readonly figure: string;
  readonly than: ArchitectureName;
  readonly thanFigure: string;
  /** Whether it speaks for the recommendation; undefined: the two do not differ. */
  readonly speaksFor: boolean | undefined;
}

type Runs = Pick<Comparison, 'runs'>;

/** What was not measured is left out. */
export const groundsOf = (comparison: Runs, architecture: ArchitectureName): readonly Evidence[] =>
  GROUNDS[architecture].flatMap(({ measure, than, expected }) => {
    const found = evidence(comparison, measure, architecture, than);
    if (!found) return [];
    const speaksFor = found.sign === 0 ? undefined : found.sign === (expected === 'less' ? -1 : 1);
    return [{ ...found.told, speaksFor }];
  });

/** Of each cost, what the cheapest architecture does with less; nothing where it is among the cheapest. */
export const costsOf = (comparison: Runs, architecture: ArchitectureName): readonly Evidence[] =>
  COSTS.flatMap((measure) => {
    const figures = ARCHITECTURE_NAMES.flatMap((name) => {
      const figure = figureOf(comparison, measureOf(measure), name);
      return figure ? [{ name, median: figure.median }] : [];
    });
    const cheapest = figures.toSorted((a, b) => a.median - b.median)[0];
    const found = cheapest && evidence(comparison, measure, architecture, cheapest.name);
    return found && found.sign > 0 ? [{ ...found.told, speaksFor: false }] : [];
  });

function evidence(comparison: Runs, key: string, architecture: ArchitectureName, than: ArchitectureName) {
  const measure = measureOf(key);
  const [own, other] = [architecture, than].map((name) => figureOf(comparison, measure, name));
  if (!own || !other) return undefined;
  const written = (value: number) => `${number(value)} ${measure.unit}`.trim();
  return {
    sign: difference(own, other),
    told: {
      what: `${measure.group}: ${measure.name}`,
      figure: written(own.median),
      than,
      thanFigure: written(other.median),
    },
  };
}
