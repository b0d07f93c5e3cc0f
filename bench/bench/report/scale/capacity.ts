/** What one part takes, in orders a second at which it is as busy as planned, or its disk is full of what is kept. Pure. */
import { PARTITIONS } from '../../../../platform/ids.ts';
import { MAX_BATCH_MESSAGES } from '../../../../platform/log/publish.ts';
import * as given from './assumptions.ts';
import { type Basics, DATABASES, type Database } from './basics.ts';

/** Services of which each replica has partitions of its own. */
export const REPLICATED = ['order', 'catalog', 'payment'] as const;

export interface Capacities {
  /** On a core of its own. */
  readonly replica: Readonly<Record<(typeof REPLICATED)[number], number>>;
  readonly projector: number;
  readonly relay: Readonly<Record<given.Stream, number>>;
  readonly leader: Readonly<Record<given.Stream, number>>;
  readonly streamDisk: Readonly<Record<given.Stream, number>>;
  readonly database: Readonly<Record<'cores' | 'wal' | 'disk', Readonly<Record<Database, number>>>>;
  /** A node that has a copy of everything. */
  readonly nats: Readonly<Record<'cores' | 'writes' | 'disk', number>>;
  readonly elasticsearch: Readonly<Record<'cores' | 'disk', number>>;
  readonly shard: number;
}

export function capacitiesOf(basics: Basics): Capacities {
  const { cpuMs, databaseBytes, logBytes, indexBytes, wal } = basics;
  const { UTILISATION: u, EVENTS, STREAMS } = given;
  const cores = (count: number, ms: number) => (count * u * 1_000) / ms;
  const disk = (bytes: number) => given.DISK_BYTES / (bytes * given.KEPT_S);
  const [relay, leader] = [relayRate(basics), leaderRate(basics)];
  return {
    replica: each(REPLICATED, (name) => cores(1, cpuMs[name])),
    projector: cores(1, cpuMs.projector),
    relay: each(STREAMS, (name) => (relay * u) / EVENTS[name]),
    leader: each(STREAMS, (name) => (leader * u) / EVENTS[name]),
    streamDisk: each(STREAMS, (name) => disk((logBytes * EVENTS[name]) / given.EVENTS_AN_ORDER)),
    database: {
      cores: each(DATABASES, (name) => cores(given.MACHINE_CORES, cpuMs.postgres * shareOf(basics, name))),
      wal: each(
        DATABASES,
        (name) => (given.WAL_BYTES_PER_SECOND * u) / (wal.most.bytes * shareOf(basics, name)),
      ),
      disk: each(DATABASES, (name) => disk(databaseBytes[name])),
    },
    nats: {
      cores: cores(given.MACHINE_CORES, cpuMs.nats),
      writes: (basics.logEventsPerSecond * u) / given.EVENTS_AN_ORDER,
      disk: disk(logBytes),
    },
    elasticsearch: { cores: cores(given.MACHINE_CORES, cpuMs.elasticsearch), disk: disk(indexBytes) },
    shard: given.SHARD_BYTES / (indexBytes * given.KEPT_S),
  };
}

/** At most: one batch is in flight, so that what it waits for besides is lost. */
const serialRate = (measured: number, trips: number): number =>
  MAX_BATCH_MESSAGES / (MAX_BATCH_MESSAGES / measured + (trips * given.ROUND_TRIP_MS) / 1_000);

/** Events a second into a log with copies. */
export const relayRate = ({ relayEventsPerSecond }: Basics): number =>
  serialRate(relayEventsPerSecond, given.RELAY_TRIPS);
export const leaderRate = ({ logEventsPerSecond }: Basics): number =>
  serialRate(logEventsPerSecond, given.PUBLISH_TRIPS);

/** Of PostgreSQL's work, by what a database keeps. */
export const shareOf = ({ databaseBytes }: Basics, name: Database): number =>
  databaseBytes[name] / sum(Object.values(databaseBytes));

/** One part of a split stream, with its relay; one projector follows a part of ORDERS. */
export const streamTakes = (takes: Capacities, name: given.Stream): number =>
  Math.min(
    takes.relay[name],
    takes.leader[name],
    takes.streamDisk[name],
    ...(name === 'ORDERS' ? [takes.projector] : []),
  );

export const databaseTakes = ({ database: { cores, wal, disk } }: Capacities, name: Database): number =>
  Math.min(cores[name], wal[name], disk[name]);

/** No part has less than a partition. */
export const cellTakes = (takes: Capacities): number =>
  Math.min(
    given.CELL_ORDERS_PER_SECOND,
    PARTITIONS *
      Math.min(
        ...Object.values(takes.replica),
        ...given.STREAMS.map((name) => streamTakes(takes, name)),
        ...DATABASES.map((name) => databaseTakes(takes, name)),
      ),
  );

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export const each = <K extends string, V>(keys: readonly K[], of: (key: K) => V): Readonly<Record<K, V>> =>
  Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<K, V>;
