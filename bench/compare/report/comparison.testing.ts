/** A comparison made up for tests: every architecture has the same figures, but for what a test changes. */
import { ARCHITECTURE_NAMES, type ArchitectureName } from '../../../cli/architectures.ts';
import type { Comparison, Run } from '../figures.ts';
import { fullPlan } from '../plan.ts';
import { quantilesOf } from '../quantiles.ts';

const ms = (value: number) => quantilesOf([value, value * 2]);

const run = (architecture: ArchitectureName, round: number): Run => ({
  architecture,
  round,
  servers: { postgres: 'PostgreSQL 18' },
  startSeconds: 5,
  capacity: { orders: 100, endedPerSecond: 50, answeredPerSecond: 60, refusals: 0 },
  steady: { toAnswer: ms(10), toEnd: ms(100) },
  reads: {
    byId: { asked: 2, failed: 0, latency: ms(2) },
    list: { asked: 2, failed: 0, latency: ms(4) },
    filter: { asked: 2, failed: 0, latency: ms(5) },
    text: {
      asked: 0,
      failed: 0,
      latency: undefined,
      refusal: 'words are searched in a read model | set ORDERLOG_READS',
    },
  },
  agreement: {
    byId: { time: ms(2), firstReads: 2, unseen: 0 },
    list: { time: ms(4), firstReads: 2, unseen: 0 },
  },
  outage: {
    seconds: 4,
    placed: 100,
    refusals: 0,
    toAnswer: ms(10),
    affected: 3,
    affectedToEnd: ms(20_000),
    affectedEnds: { COMPLETED: 2, CANCELLED: 1 },
    asWanted: 3,
  },
  answers: [{ question: 'every event', isHistory: true, isAnswered: false, detail: 'it keeps rows' }],
  storage: { orders: 100, databaseBytes: { order: 1_000, catalog: 500 }, logBytes: 700 },
  processes: [
    { name: 'postgres', memoryMb: 100, cpuMsPerOrder: 2, cpuMsPerRead: 1, cpuMsPerIdleSecond: 5 },
    { name: 'order', memoryMb: 80, cpuMsPerOrder: 3, cpuMsPerRead: 1, cpuMsPerIdleSecond: 5 },
  ],
  code: { processes: { order: { loaded: 900, ran: 600 } }, loaded: 900, ran: 600 },
  audit: { checked: ['stock', 'orders'], skipped: {} },
});

/** `change` gets each run as it would be. */
export const comparisonOf = (change: (run: Run) => Partial<Run> = () => ({}), rounds = 2): Comparison => ({
  format: 1,
  time: '2026-01-02T03:04:05.000Z',
  machine: {
    system: 'linux 6',
    processor: 'a processor',
    cores: 2,
    memoryGb: 8,
    node: 'v26.0.0',
    loadBefore: 0.1,
  },
  plan: { ...fullPlan, rounds },
  runs: Array.from({ length: rounds }, (_, at) => ARCHITECTURE_NAMES.map((name) => run(name, at + 1)))
    .flat()
    .map((each) => ({ ...each, ...change(each) })),
});
