/**
 * The figures of a process for Prometheus. What there is stands in catalogues of plain data (metrics.ts and its like), from which
 * docs/metrics.md is made; a figure is counted by one call on the way, or read when somebody asks.
 *
 * Bounds: labels are names of the contract, of settings and of our own parts, never what a caller wrote; asking takes READ_MS at
 * most, and a figure that cannot be read by then is left out; those who ask at once share one answer.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from 'prom-client';
import { within } from '../wait.ts';

/** One metric: what it is called, and what it tells. */
export interface MetricSpec<L extends string = string> {
  /** Prometheus' way: the unit last, `_total` for what only grows. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** What each label may be. */
  readonly labels: Readonly<Record<L, string>>;
  /** Of a histogram: upper bounds. */
  readonly buckets?: readonly number[];
}

/** For its labels to be known by name. */
export const metric = <L extends string = never>(spec: MetricSpec<L>): MetricSpec<L> => spec;

export type Labels<L extends string> = Readonly<Record<L, string>>;

export interface Reading<L extends string> {
  readonly labels: Labels<L>;
  readonly value: number;
}

/** A histogram that somebody else has counted. */
export interface Counted {
  /** Below each bound, and above the last one; none is in two of them. */
  readonly counts: readonly number[];
  readonly bounds: readonly number[];
  readonly sum: number;
}

export interface Meter {
  counter<L extends string>(spec: MetricSpec<L>): (labels: Labels<L>, by?: number) => void;
  histogram<L extends string>(spec: MetricSpec<L>): (labels: Labels<L>, value: number) => void;
  /** `read` is asked whenever somebody asks for the figures; what it throws leaves the metric without a value. */
  gauge<L extends string>(
    spec: MetricSpec<L>,
    read: () => readonly Reading<L>[] | Promise<readonly Reading<L>[]>,
  ): void;
  counted(spec: MetricSpec<never>, read: () => Promise<Counted | undefined>): void;
  readonly contentType: string;
  text(): Promise<string>;
}

const READ_MS = 2_000;

/** `process` stands as a label on every figure. */
export function createMeter(process: string): Meter {
  const registry = new Registry();
  registry.setDefaultLabels({ process });
  collectDefaultMetrics({ register: registry });
  const base = <L extends string>({ name, help, labels }: MetricSpec<L>) => ({
    name,
    help,
    labelNames: Object.keys(labels) as L[],
    registers: [registry],
  });
  let asked: Promise<string> | undefined;
  return {
    counter(spec) {
      const counter = new Counter(base(spec));
      return (labels, by = 1) => counter.inc(labels, by);
    },
    histogram(spec) {
      const histogram = new Histogram({ ...base(spec), buckets: [...(spec.buckets ?? [])] });
      return (labels, value) => histogram.observe(labels, value);
    },
    gauge(spec, read) {
      new Gauge({
        ...base(spec),
        async collect() {
          const readings = await inTime(read);
          this.reset();
          // prom-client takes one without labels for 0: unknown is no figure.
          if (Object.keys(spec.labels).length === 0) this.remove({});
          for (const { labels, value } of readings ?? []) this.set(labels, value);
        },
      });
    },
    counted: (spec, read) => registry.registerMetric(countedMetric(spec, read)),
    contentType: registry.contentType,
    text() {
      asked ??= registry.metrics().finally(() => {
        asked = undefined;
      });
      return asked;
    },
  };
}

/** undefined: it failed, or took too long. */
const inTime = <T>(read: () => T | Promise<T>): Promise<T | undefined> =>
  within(
    READ_MS,
    Promise.try(read).catch(() => undefined),
    () => undefined,
  );

/** prom-client's own histograms take single values only. */
function countedMetric({ name, help }: MetricSpec<never>, read: () => Promise<Counted | undefined>): Metric {
  const about = { name, help, type: 'histogram', aggregator: 'sum' };
  const get = async () => ({ ...about, values: valuesOf(name, await inTime(read)) });
  return { ...about, get, reset: () => undefined } as unknown as Metric;
}

function valuesOf(name: string, counted: Counted | undefined) {
  if (!counted) return [];
  let below = 0;
  const buckets = counted.counts.map((count, at) => {
    below += count;
    return { metricName: `${name}_bucket`, labels: { le: counted.bounds[at] ?? '+Inf' }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: {}, value: counted.sum },
    { metricName: `${name}_count`, labels: {}, value: below },
  ];
}
