/** What the reckoning of docs/scale.md begins with: figures that were measured, found in docs/performance. Pure. */
import { median } from '../../../compare/quantiles.ts';
import { grown } from '../../../compare/storage.ts';
import type { Performance, SectionId } from '../../figures.ts';

export const SERVICES = ['order', 'catalog', 'payment', 'projector'] as const;
export const SERVERS = ['postgres', 'nats', 'elasticsearch'] as const;
export const DATABASES = ['order', 'catalog', 'payment', 'analytics'] as const;

export interface Basics {
  /** From PlaceOrder to the end in Elasticsearch, everything on these cores. */
  readonly ordersPerSecond: number;
  readonly cores: number;
  /** CPU an order. */
  readonly cpuMs: Readonly<Record<(typeof SERVICES)[number] | (typeof SERVERS)[number], number>>;
  /** Of each stage alone. */
  readonly relayEventsPerSecond: number;
  readonly logEventsPerSecond: number;
  /** Kept of an order, once; by database. */
  readonly databaseBytes: Readonly<Record<(typeof DATABASES)[number], number>>;
  readonly logBytes: number;
  readonly indexBytes: number;
  /** Of an order in PostgreSQL's write-ahead log. */
  readonly walBytes: number;
}

/** Undefined: not all of it was measured yet. */
export function basicsOf(performance: Performance): Basics | undefined {
  const section = (wanted: SectionId) => performance.sections.find(({ id }) => id === wanted);
  const rateOf = (id: SectionId, name: string) => {
    const rates = section(id)?.series.find((series) => series.name === name)?.rates ?? [];
    return rates.length > 0 ? median(rates) : undefined;
  };
  const allIn = section('all-in');
  const cpuOf = (process: string) => allIn?.processes?.find(({ name }) => name === process)?.cpuMsPerOrder;
  const kept = keptOf(performance);
  const basics = {
    ordersPerSecond: rateOf('all-in', 'Orderlog'),
    cores: allIn?.machine.cores,
    relayEventsPerSecond: rateOf('stages', 'relay'),
    logEventsPerSecond: rateOf('stages', 'raw atomic batches'),
    ...kept,
  };
  const cpuMs = Object.fromEntries([...SERVICES, ...SERVERS].map((name) => [name, cpuOf(name)]));
  const isWhole = kept && ![...Object.values(basics), ...Object.values(cpuMs)].includes(undefined);
  return isWhole ? ({ ...basics, cpuMs } as Basics) : undefined;
}

/** Of an order, from the smallest system to the largest: what is there before the first counts for none. */
function keptOf({ sections }: Performance) {
  const sizes = sections.find(({ id }) => id === 'growth')?.growth ?? [];
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (!first?.stored || !last?.stored || last.orders <= first.orders) return undefined;
  const orders = last.orders - first.orders;
  const { databaseBytes, logBytes, indexBytes = 0 } = grown(first.stored, last.stored, orders);
  return {
    databaseBytes: Object.fromEntries(
      DATABASES.map((name) => [name, (databaseBytes[name] ?? 0) / orders]),
    ) as Basics['databaseBytes'],
    logBytes: logBytes / orders,
    indexBytes: indexBytes / orders,
    walBytes: last.walBytesPerOrder,
  };
}
