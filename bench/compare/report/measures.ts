/** What is told of each architecture: how it is read off a run, and in which unit. Pure. */
import type { Run } from '../figures.ts';
import type { Quantiles } from '../quantiles.ts';

export interface Measure {
  readonly key: string;
  readonly group: string;
  readonly name: string;
  readonly unit: string;
  /** Undefined where the architecture has no such thing. */
  of(run: Run): number | undefined;
}

type Key = Exclude<keyof Quantiles, 'count'>;

/** A row a quantile. */
const quantiles = (
  key: string,
  group: string,
  name: string,
  keys: readonly Key[],
  of: (run: Run) => Quantiles | undefined,
): readonly Measure[] =>
  keys.map((at) => ({
    key: `${key}.${at}`,
    group,
    name: `${name}, ${at === 'max' ? 'longest' : at}`,
    unit: 'ms',
    of: (run) => of(run)?.[at],
  }));

const single = (
  key: string,
  group: string,
  name: string,
  unit: string,
  of: (run: Run) => number | undefined,
): Measure => ({ key, group, name, unit, of });

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const perOrder = (bytes: number, { storage }: Run): number => bytes / Math.max(1, storage.orders);
const databases = ({ storage }: Run): number => sum(Object.values(storage.databaseBytes));
const stored = (run: Run): number => databases(run) + run.storage.logBytes + (run.storage.indexBytes ?? 0);
const share = (part: number, whole: number): number | undefined =>
  whole > 0 ? (100 * part) / whole : undefined;

/** Processes of the write side: all but the read model and what answers from it. */
const READ_SIDE = ['projector', 'gateway', 'elasticsearch'];

const WRITES = 'Writes';
const READS = 'Reads';
const AGREEMENT = 'Until reads agree with writes';
const HISTORY = 'What can be asked';
const OUTAGE = 'The payment provider is down';
const STORAGE = 'Storage an order';
const RUNNING = 'What runs';

export const MEASURES: readonly Measure[] = [
  single('ended', WRITES, 'orders brought to their end', '/s', ({ capacity }) => capacity.endedPerSecond),
  single('answered', WRITES, 'orders answered', '/s', ({ capacity }) => capacity.answeredPerSecond),
  ...quantiles('toAnswer', WRITES, 'PlaceOrder answers', ['p50', 'p99'], ({ steady }) => steady.toAnswer),
  ...quantiles('toEnd', WRITES, 'order has ended', ['p50', 'p99'], ({ steady }) => steady.toEnd),
  ...quantiles('byId', READS, 'one order by id', ['p50', 'p99'], ({ reads }) => reads.byId.latency),
  ...quantiles('list', READS, 'a customer’s orders', ['p50', 'p99'], ({ reads }) => reads.list.latency),
  ...quantiles(
    'filter',
    READS,
    'orders by status and date',
    ['p50', 'p99'],
    ({ reads }) => reads.filter.latency,
  ),
  ...quantiles('text', READS, 'orders by words', ['p50', 'p99'], ({ reads }) => reads.text.latency),
  single('failedReads', READS, 'reads that failed', '%', ({ reads }) => {
    const all = Object.values(reads);
    return share(sum(all.map(({ failed }) => failed)), sum(all.map(({ asked }) => asked)));
  }),
  ...quantiles('agreeById', AGREEMENT, 'by id', ['p50', 'p99'], ({ agreement }) => agreement.byId.time),
  ...quantiles('agreeList', AGREEMENT, 'in lists', ['p50', 'p99'], ({ agreement }) => agreement.list.time),
  single('firstList', AGREEMENT, 'writes that the very first list shows', '%', ({ agreement: { list } }) =>
    share(list.firstReads, list.time?.count ?? 0),
  ),
  single(
    'history',
    HISTORY,
    'questions about an order’s past that are answered',
    '',
    ({ answers }) => answers.filter(({ isAnswered, isHistory }) => isAnswered && isHistory).length,
  ),
  single(
    'questions',
    HISTORY,
    'questions of all kinds that are answered',
    '',
    ({ answers, reads }) =>
      answers.filter(({ isAnswered }) => isAnswered).length +
      Object.values(reads).filter(({ refusal }) => refusal === undefined).length,
  ),
  single('affected', OUTAGE, 'orders that took longer for it', '', ({ outage }) => outage.affected),
  ...quantiles(
    'affectedToEnd',
    OUTAGE,
    'they had ended',
    ['p50', 'max'],
    ({ outage }) => outage.affectedToEnd,
  ),
  single('asWanted', OUTAGE, 'of them ended as they would have without it', '%', ({ outage }) =>
    share(outage.asWanted, outage.affected),
  ),
  single('refusals', OUTAGE, 'calls that had to be repeated', '', ({ outage }) => outage.refusals),
  ...quantiles('outageAnswer', OUTAGE, 'PlaceOrder answers', ['p50', 'max'], ({ outage }) => outage.toAnswer),
  single('databaseBytes', STORAGE, 'databases', 'bytes', (run) => perOrder(databases(run), run)),
  single('logBytes', STORAGE, 'log', 'bytes', (run) => perOrder(run.storage.logBytes, run)),
  single('indexBytes', STORAGE, 'index', 'bytes', (run) =>
    run.storage.indexBytes === undefined ? undefined : perOrder(run.storage.indexBytes, run),
  ),
  single('stored', STORAGE, 'all', 'bytes', (run) => perOrder(stored(run), run)),
  single('processes', RUNNING, 'services and servers', '', ({ processes }) => processes.length),
  single('memory', RUNNING, 'memory', 'MB', ({ processes }) =>
    sum(processes.map(({ memoryMb }) => memoryMb)),
  ),
  single('cpu', RUNNING, 'CPU an order', 'ms', ({ processes }) =>
    sum(processes.map(({ cpuMsPerOrder }) => cpuMsPerOrder)),
  ),
  single('readCpu', RUNNING, 'CPU a read', 'ms', ({ processes }) =>
    sum(processes.map(({ cpuMsPerRead }) => cpuMsPerRead)),
  ),
  single('writeSideReadCpu', RUNNING, 'CPU a read, of the write side', 'ms', ({ processes }) =>
    sum(processes.filter(({ name }) => !READ_SIDE.includes(name)).map(({ cpuMsPerRead }) => cpuMsPerRead)),
  ),
  single('idleCpu', RUNNING, 'CPU a second at rest', 'ms', ({ processes }) =>
    sum(processes.map(({ cpuMsPerIdleSecond }) => cpuMsPerIdleSecond)),
  ),
  single('ranLines', RUNNING, 'lines of code that ran', '', ({ code }) => code.ran),
  single('loadedLines', RUNNING, 'lines of code that were loaded', '', ({ code }) => code.loaded),
];

export function measureOf(key: string): Measure {
  const found = MEASURES.find((measure) => measure.key === key);
  if (!found) throw new Error(`there is no measure ${key}`);
  return found;
}
