/** What the reckoning of docs/scale.md begins with: figures that were measured, found in docs/performance. Pure. */
import { median } from '../../../compare/quantiles.ts';
import { grown } from '../../../compare/storage.ts';
import type { Growth, Performance, SectionId } from '../../figures.ts';

export const SERVICES = ['order', 'catalog', 'payment', 'projector'] as const;
export type Service = (typeof SERVICES)[number];
export const SERVERS = ['postgres', 'nats', 'elasticsearch'] as const;
export const DATABASES = ['order', 'catalog', 'payment', 'analytics'] as const;
export type Database = (typeof DATABASES)[number];

export interface Basics {
  /** From PlaceOrder to the end in Elasticsearch, everything on these cores. */
  readonly ordersPerSecond: number;
  readonly cores: number;
  /** CPU an order. */
  readonly cpuMs: Readonly<Record<Service | (typeof SERVERS)[number], number>>;
  /** Of each stage alone. */
  readonly relayEventsPerSecond: number;
  readonly logEventsPerSecond: number;
  /** Sizes of the system, in orders, between which bytes are counted. */
  readonly between: readonly [number, number];
  /** Kept of an order, once; by database. */
  readonly databaseBytes: Readonly<Record<Database, number>>;
  readonly logBytes: number;
  readonly indexBytes: number;
  /** At the size at which an order had least of it, and at which it had most: with that it is reckoned. */
  readonly wal: { readonly least: Wal; readonly most: Wal };
  /** More replicas on the same cores against one; empty: not measured. */
  readonly sharing: readonly { readonly name: string; readonly ratio: number }[];
}

/** PostgreSQL's write-ahead log. */
export interface Wal {
  /** Behind it. */
  readonly orders: number;
  /** Of an order. */
  readonly bytes: number;
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
  const kept = keptOf(section('growth')?.growth ?? []);
  const basics = {
    ordersPerSecond: rateOf('all-in', 'Orderlog'),
    cores: allIn?.machine.cores,
    relayEventsPerSecond: rateOf('stages', 'relay'),
    logEventsPerSecond: rateOf('stages', 'raw atomic batches'),
    sharing: (section('replicas')?.goals ?? [])
      .filter(({ values }) => values.length > 0)
      .map(({ name, values }) => ({ name, ratio: median(values) })),
    ...kept,
  };
  const cpuMs = Object.fromEntries([...SERVICES, ...SERVERS].map((name) => [name, cpuOf(name)]));
  const isWhole = kept && ![...Object.values(basics), ...Object.values(cpuMs)].includes(undefined);
  // Whole, as was just seen: each of them is there.
  return isWhole ? ({ ...basics, cpuMs } as unknown as Basics) : undefined;
}

/** Of an order, from the smallest system to the largest: what is there before the first counts for none. */
function keptOf(
  sizes: readonly Growth[],
): Pick<Basics, 'between' | 'databaseBytes' | 'logBytes' | 'indexBytes' | 'wal'> | undefined {
  const [first, last, wal] = [sizes[0], sizes.at(-1), walOf(sizes)];
  if (!wal || !first?.stored || !last?.stored || last.orders <= first.orders) return undefined;
  const orders = last.orders - first.orders;
  const { databaseBytes, logBytes, indexBytes = 0 } = grown(first.stored, last.stored, orders);
  const kept = {
    databaseBytes: Object.fromEntries(
      DATABASES.map((name) => [name, (databaseBytes[name] ?? 0) / orders]),
    ) as Basics['databaseBytes'],
    logBytes: logBytes / orders,
    indexBytes: indexBytes / orders,
  };
  const all = [...Object.values(kept.databaseBytes), kept.logBytes, kept.indexBytes];
  // What did not grow was not measured: too few orders came between.
  if (all.some((bytes) => bytes <= 0)) return undefined;
  return { between: [first.orders, last.orders], ...kept, wal };
}

/** Of equal ones the largest system counts as the most. */
function walOf(sizes: readonly Growth[]): Basics['wal'] | undefined {
  const all = sizes
    .flatMap(({ orders, walBytesPerOrder: bytes }) => (bytes === undefined ? [] : [{ orders, bytes }]))
    .sort((a, b) => a.bytes - b.bytes);
  const [least, most] = [all[0], all.at(-1)];
  return least && most ? { least, most } : undefined;
}
