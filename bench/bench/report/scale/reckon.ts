/** The arithmetic from one machine to a cluster. Pure; units stand in the names. */
import * as given from './assumptions.ts';
import { type Basics, DATABASES, SERVICES } from './basics.ts';

const DAY_S = 86_400;
const MONTH_S = 30 * DAY_S;

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

/** Of cores that are not filled to the brim. */
const coresFor = (perSecond: number, cpuMs: number): number =>
  (perSecond * cpuMs) / 1_000 / given.UTILISATION;

/** A part as it is today, one of a kind, and the orders a second that fill it. */
export interface Limit {
  readonly part: string;
  readonly ordersPerSecond: number;
  readonly remedy: string;
}

/** The first to be full is the first of them. */
export function limits({
  cpuMs,
  relayEventsPerSecond,
  logEventsPerSecond,
  walBytes,
}: Basics): readonly Limit[] {
  const { UTILISATION: u } = given;
  const { order: share } = given.SHARES;
  const core = (ms: number) => (1_000 / ms) * u;
  return [
    {
      part: 'the projector: one process works, the others stand by',
      ordersPerSecond: core(cpuMs.projector),
      remedy: 'a projector for each part of a split stream, into the same index',
    },
    {
      part: 'the relay of Order: one leads',
      ordersPerSecond: (relayEventsPerSecond / given.EVENTS.ORDERS) * u,
      remedy: 'ORDERS split by ranges of partitions, a relay for each',
    },
    {
      part: 'the leader of the stream ORDERS, with a disk as here',
      ordersPerSecond: (logEventsPerSecond / given.EVENTS.ORDERS) * u,
      remedy: 'the same split; the parts lead on different nodes',
    },
    {
      part: `the database of Order, with ${given.DATABASE_CORES} cores`,
      ordersPerSecond: (given.DATABASE_CORES * u * 1_000) / (cpuMs.postgres * share),
      remedy: 'Order split by ranges of order ids, a database for each',
    },
    {
      part: `the write-ahead log of Order's database, at ${given.WAL_BYTES_PER_SECOND / 1e6} MB/s`,
      ordersPerSecond: (given.WAL_BYTES_PER_SECOND * u) / (walBytes * share),
      remedy: 'the same split',
    },
    ...(['order', 'catalog', 'payment'] as const).map((service) => ({
      part: `${given.PARTITIONS} replicas of ${service}, a core each`,
      ordersPerSecond: given.PARTITIONS * core(cpuMs[service]),
      remedy: 'cells: no replica reads less than a partition',
    })),
  ].sort((a, b) => a.ordersPerSecond - b.ordersPerSecond);
}

/** What so many orders a second take. */
export interface Cluster {
  readonly ordersPerSecond: number;
  readonly cells: number;
  /** In each cell. */
  readonly streams: Readonly<Record<keyof typeof given.EVENTS, number>>;
  readonly databases: Readonly<Record<keyof typeof given.SHARES, number>>;
  readonly replicas: Readonly<Record<(typeof SERVICES)[number], number>>;
  readonly shards: number;
  /** In all. */
  readonly cores: Readonly<Record<'services' | 'postgres' | 'nats' | 'elasticsearch', number>>;
  readonly walBytesPerSecond: number;
  /** With all copies. */
  readonly diskBytesPerDay: Readonly<Record<'log' | 'databases' | 'index', number>>;
  readonly networkBytesPerSecond: number;
  readonly dollarsPerMonth: Readonly<Record<'cores' | 'disks' | 'network', number>>;
}

export function clusterFor(basics: Basics, ordersPerSecond: number): Cluster {
  const { cpuMs, walBytes, logBytes, indexBytes } = basics;
  const cells = Math.ceil(ordersPerSecond / given.CELL_ORDERS_PER_SECOND);
  const inCell = ordersPerSecond / cells;
  const kept = sum(DATABASES.map((name) => basics.databaseBytes[name]));
  const diskBytesPerDay = {
    log: ordersPerSecond * DAY_S * logBytes * given.LOG_COPIES,
    databases: ordersPerSecond * DAY_S * kept * given.DATABASE_COPIES,
    index: ordersPerSecond * DAY_S * indexBytes * given.INDEX_COPIES,
  };
  const cores = {
    services: coresFor(ordersPerSecond, sum(SERVICES.map((name) => cpuMs[name]))),
    postgres: coresFor(ordersPerSecond, cpuMs.postgres * (1 + given.STANDBY_CPU)),
    nats: coresFor(ordersPerSecond, cpuMs.nats * given.LOG_COPIES),
    elasticsearch: coresFor(ordersPerSecond, cpuMs.elasticsearch * given.INDEX_COPIES),
  };
  const networkBytesPerSecond = networkOf(basics, ordersPerSecond);
  return {
    ordersPerSecond,
    cells,
    streams: mapped(given.EVENTS, (events) => splits(basics, inCell * events)),
    databases: mapped(given.SHARES, (share) =>
      Math.max(
        Math.ceil(coresFor(inCell, cpuMs.postgres * share) / given.DATABASE_CORES),
        Math.ceil((inCell * walBytes * share) / (given.WAL_BYTES_PER_SECOND * given.UTILISATION)),
      ),
    ),
    replicas: Object.fromEntries(
      SERVICES.map((name) => [name, Math.ceil(coresFor(inCell, cpuMs[name]))]),
    ) as Cluster['replicas'],
    shards: Math.ceil((inCell * DAY_S * given.DAYS_KEPT * indexBytes) / given.SHARD_BYTES),
    cores,
    walBytesPerSecond: ordersPerSecond * walBytes,
    diskBytesPerDay,
    networkBytesPerSecond,
    dollarsPerMonth: {
      cores: sum(Object.values(cores)) * given.CORE_MONTH,
      disks: (sum(Object.values(diskBytesPerDay)) * given.DAYS_KEPT * given.DISK_GB_MONTH) / 1e9,
      network: (networkBytesPerSecond * MONTH_S * given.NETWORK_GB) / 1e9,
    },
  };
}

export const totalOf = (parts: Readonly<Record<string, number>>): number => sum(Object.values(parts));

/** Streams for so many events a second: what one relay and one leader take, and no partition is split. */
function splits({ relayEventsPerSecond, logEventsPerSecond }: Basics, eventsPerSecond: number): number {
  const one = Math.min(relayEventsPerSecond, logEventsPerSecond) * given.UTILISATION;
  return Math.min(given.PARTITIONS, Math.ceil(eventsPerSecond / one));
}

/** The log to its copies and its readers, the write-ahead log to the standby, documents to the replica shard. */
function networkOf({ logBytes, walBytes, indexBytes }: Basics, ordersPerSecond: number): number {
  const read = sum(
    Object.entries(given.EVENTS).map(
      ([stream, events]) =>
        (events / given.EVENTS_AN_ORDER) * given.READERS[stream as keyof typeof given.READERS],
    ),
  );
  const log = logBytes * (given.LOG_COPIES + read);
  return ordersPerSecond * (log + walBytes * (given.DATABASE_COPIES - 1) + indexBytes * given.INDEX_COPIES);
}

const mapped = <K extends string>(
  from: Readonly<Record<K, number>>,
  to: (value: number) => number,
): Readonly<Record<K, number>> =>
  Object.fromEntries(Object.entries<number>(from).map(([key, value]) => [key, to(value)])) as Record<
    K,
    number
  >;
