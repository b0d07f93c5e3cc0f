/** Figures as a run has them, for tests of what is made of them. */
import { type Performance, SECTION_IDS, type Section } from '../figures.ts';
import { quickPlan } from '../plan.ts';

const quantiles = { count: 60, p50: 12.3, p90: 20, p95: 25, p99: 80.5, max: 100 };

const circumstances: Omit<Section, 'id'> = {
  time: '2026-01-02T03:04:05.678Z',
  revision: '0123456789ab',
  isQuick: true,
  machine: { system: 'linux 6', processor: 'Z80', cores: 2, memoryGb: 8, node: 'v26.0.0', loadBefore: 0.1 },
  plan: quickPlan,
  servers: { postgres: 'PostgreSQL 18', nats: 'nats-server 2.15' },
  settings: { PostgreSQL: 'fsync=on', NATS: 'sync_interval: always' },
  fileSystem: 'ext4',
  method: ['2 rounds.'],
  notes: ['256 callers.'],
  goals: [],
  series: [],
  audits: [{ of: 'Orderlog', orders: 12_345, checked: ['stock', 'ledger'], skipped: {} }],
};

const particular: { readonly [Id in Section['id']]: Partial<Section> } = {
  'all-in': {
    goals: [
      { name: 'against five statements', values: [0.15, 0.12, 0.13], atLeast: 0.16, least: 0.11 },
      { name: 'against the naive design', values: [8, 9, 7], atLeast: 3 },
      { name: 'memory of the largest service', unit: 'MB', values: [240], below: 200 },
    ],
    series: [
      { name: 'Orderlog', unit: 'orders/s', rates: [600, 650, 620], detail: { callers: 256 } },
      { name: 'five statements', unit: 'transactions/s', rates: [4_000, 5_200], detail: { by: 'pgbench' } },
    ],
    processes: [
      { name: 'postgres', cpuMsPerOrder: 0.8 },
      { name: 'nats', cpuMsPerOrder: 0.2 },
      { name: 'elasticsearch', cpuMsPerOrder: 0.4 },
      ...['order', 'catalog', 'payment', 'projector'].map((name) => ({
        name,
        cpuMsPerOrder: 0.5,
        memoryMb: 180,
      })),
    ],
  },
  stages: {
    goals: [{ name: 'relay | raw batches', values: [0.6, 0.7], atLeast: 0.5 }],
    series: [
      { name: 'relay', unit: 'events/s', rates: [20_000], detail: {} },
      { name: 'raw atomic batches', unit: 'events/s', rates: [40_000], detail: {} },
    ],
  },
  latency: {
    latencies: [0.25, 0.5].map((load) => ({
      load,
      perSecond: load * 600,
      refused: 0,
      times: { answered: quantiles, completed: quantiles, byId: quantiles, bySearch: undefined },
    })),
  },
  'hot-spots': { goals: [{ name: 'one customer', values: [1.01] }] },
  replicas: {
    series: [1, 2].map((n) => ({ name: `${n} of each`, unit: 'orders/s', rates: [600 - n], detail: {} })),
  },
  observability: { goals: [{ name: 'watched, against not watched', values: [0.97, 0.98], atLeast: 0.95 }] },
  growth: {
    growth: [1_000, 10_000].map((orders) => ({
      orders,
      rates: [600, 610],
      reference: [5_000, 5_100],
      cpuMsPerOrder: 2.5,
      memoryMb: { order: 180, catalog: 150 },
      stored: {
        databaseBytes: {
          order: 8e6 + orders * 3_000,
          catalog: orders * 1_500,
          payment: orders * 1_600,
          analytics: orders * 200,
        },
        logBytes: orders * 4_000,
        indexBytes: orders * 700,
      },
      walBytesPerOrder: 12_000,
    })),
  },
  soak: { series: [{ name: 'Orderlog', unit: 'orders/s', rates: [600, 610, 590], detail: {} }] },
};

export const performanceOf = (): Performance => ({
  format: 1,
  sections: SECTION_IDS.map((id) => ({ ...circumstances, id, ...particular[id] })),
});
