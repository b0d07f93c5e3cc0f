/** The plots of a comparison. Pure. */
import { ARCHITECTURE_NAMES, type ArchitectureName } from '../../../cli/architectures.ts';
import type { Comparison, Run } from '../figures.ts';
import type { Block } from './blocks.ts';
import { figureOf } from './figure.ts';
import { measureOf } from './measures.ts';
import { ranges, stackedBars } from './plots.ts';

type Plot = Extract<Block, { kind: 'plot' }>;
type Runs = Pick<Comparison, 'runs'>;

const medianOf = (comparison: Runs, of: (run: Run) => number | undefined, name: ArchitectureName): number =>
  figureOf(comparison, { of }, name)?.median ?? 0;

const plot = (file: string, title: string, svg: string): Plot => ({ kind: 'plot', file, title, svg });

export function plotsOf(comparison: Runs): readonly Plot[] {
  return [
    capacity(comparison),
    quantileRanges(comparison, 'writes.svg', 'A write: from the median to the 99th percentile', [
      ['until it is answered', 'toAnswer.p50', 'toAnswer.p99'],
      ['until the order has ended', 'toEnd.p50', 'toEnd.p99'],
    ]),
    quantileRanges(comparison, 'reads.svg', 'A read: from the median to the 99th percentile', [
      ['by id', 'byId.p50', 'byId.p99'],
      ['a customer’s orders', 'list.p50', 'list.p99'],
      ['by status and date', 'filter.p50', 'filter.p99'],
      ['by words', 'text.p50', 'text.p99'],
    ]),
    quantileRanges(
      comparison,
      'agreement.svg',
      'Until reads agree with a write: from the median to the 99th percentile',
      [
        ['by id', 'agreeById.p50', 'agreeById.p99'],
        ['in lists', 'agreeList.p50', 'agreeList.p99'],
      ],
    ),
    quantileRanges(comparison, 'outage.svg', 'The provider is down: from the median to the longest', [
      ['PlaceOrder answers', 'outageAnswer.p50', 'outageAnswer.max'],
      ['orders that took longer have ended', 'affectedToEnd.p50', 'affectedToEnd.max'],
    ]),
    storage(comparison),
    cpu(comparison),
  ];
}

function capacity(comparison: Runs): Plot {
  const title = 'Orders brought to their end, at capacity';
  const rows = ARCHITECTURE_NAMES.map((name) => {
    const figure = figureOf(comparison, measureOf('ended'), name);
    return { parts: [figure?.median ?? 0], ...(figure ? { spread: figure } : {}) };
  });
  const frame = { title, unit: 'orders a second', legend: [], labels: ARCHITECTURE_NAMES };
  return plot('capacity.svg', title, stackedBars(frame, rows));
}

function quantileRanges(
  comparison: Runs,
  file: string,
  title: string,
  series: readonly (readonly [name: string, from: string, to: string])[],
): Plot {
  const rows = ARCHITECTURE_NAMES.map((name) =>
    series.map(([, from, to]) => {
      const [a, b] = [from, to].map((key) => figureOf(comparison, measureOf(key), name));
      return a && b ? { from: a.median, to: b.median } : undefined;
    }),
  );
  const legend = series.map(([name]) => name);
  return plot(file, title, ranges({ title, unit: 'ms', legend, labels: ARCHITECTURE_NAMES }, rows));
}

function storage(comparison: Runs): Plot {
  const title = 'Storage an order';
  const databases = [
    ...new Set(comparison.runs.flatMap(({ storage }) => Object.keys(storage.databaseBytes))),
  ];
  const perOrder = (bytes: (run: Run) => number) => (run: Run) =>
    bytes(run) / Math.max(1, run.storage.orders);
  const parts = [
    ...databases.map((name) => perOrder(({ storage }) => storage.databaseBytes[name] ?? 0)),
    perOrder(({ storage }) => storage.logBytes),
    perOrder(({ storage }) => storage.indexBytes ?? 0),
  ];
  const rows = ARCHITECTURE_NAMES.map((name) => ({
    parts: parts.map((of) => medianOf(comparison, of, name)),
  }));
  const legend = [...databases.map((name) => `database ${name}`), 'log', 'index'];
  return plot(
    'storage.svg',
    title,
    stackedBars({ title, unit: 'bytes', legend, labels: ARCHITECTURE_NAMES }, rows),
  );
}

function cpu(comparison: Runs): Plot {
  const title = 'CPU an order, by process';
  const legend = processNames(comparison);
  const rows = ARCHITECTURE_NAMES.map((architecture) => ({
    parts: legend.map((process) =>
      medianOf(
        comparison,
        ({ processes }) => processes.find(({ name }) => name === process)?.cpuMsPerOrder ?? 0,
        architecture,
      ),
    ),
  }));
  return plot('cpu.svg', title, stackedBars({ title, unit: 'ms', legend, labels: ARCHITECTURE_NAMES }, rows));
}

export const processNames = ({ runs }: Runs): readonly string[] => [
  ...new Set(runs.flatMap(({ processes }) => processes.map(({ name }) => name))),
];
