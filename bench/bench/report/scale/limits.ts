/** One of each part, and the orders a second that fill it. Pure. */
import { PARTITIONS } from '../../../../platform/ids.ts';
import * as given from './assumptions.ts';
import { type Basics, DATABASES, type Database } from './basics.ts';
import { type Capacities, capacitiesOf, REPLICATED, shareOf } from './capacity.ts';
import { TITLES } from './words.ts';

/** A part as it is today, one of a kind, and the orders a second that fill it. */
export interface Limit {
  readonly part: string;
  readonly ordersPerSecond: number;
  readonly remedy: string;
}

const SPLITS: Readonly<Record<Database, string>> = {
  order: 'Order split by ranges of order ids, a database for each',
  catalog: 'Catalog split by ranges of SKUs, a database for each',
  payment: 'Payment split by ranges of order ids, a database for each',
  analytics: 'sums for each part of a split stream, added where they are asked for',
};

const CORES = `${given.MACHINE_CORES} cores`;
const DISK = `${given.DISK_BYTES / 1e12} TB for ${given.DAYS_KEPT} days`;

/** The first to be full is the first of them. */
export function limits(basics: Basics): readonly Limit[] {
  const takes = capacitiesOf(basics);
  return [...processLimits(takes), ...databaseLimits(basics, takes), ...serverLimits(takes)].sort(
    (a, b) => a.ordersPerSecond - b.ordersPerSecond,
  );
}

const processLimits = ({ projector, relay, replica }: Capacities): readonly Limit[] => [
  {
    part: 'the projector: one process works, the others stand by',
    ordersPerSecond: projector,
    remedy: 'a projector for each part of a split stream, into the same index',
  },
  {
    part: 'the relay of Order: one leads, with one batch in flight',
    ordersPerSecond: relay.ORDERS,
    remedy: 'ORDERS split by ranges of partitions, a relay for each',
  },
  ...REPLICATED.map((service) => ({
    part: `${PARTITIONS} replicas of ${service}, a core each`,
    ordersPerSecond: PARTITIONS * replica[service],
    remedy: 'cells: no replica reads less than a partition',
  })),
];

/** Of the database that has most of the work. */
function databaseLimits(basics: Basics, { database }: Capacities): readonly Limit[] {
  const name = DATABASES.reduce((most, each) =>
    shareOf(basics, each) > shareOf(basics, most) ? each : most,
  );
  const remedy = SPLITS[name];
  const its = `the database of ${TITLES[name]}`;
  return [
    { part: `${its}: CPU, with ${CORES}`, ordersPerSecond: database.cores[name], remedy },
    {
      part: `${its}: its write-ahead log, at ${given.WAL_BYTES_PER_SECOND / 1e6} MB/s`,
      ordersPerSecond: database.wal[name],
      remedy,
    },
    { part: `${its}: its disk, ${DISK}`, ordersPerSecond: database.disk[name], remedy },
  ];
}

const nodeLimits = (
  server: string,
  { cores, disk }: Capacities['elasticsearch'],
  remedy: string,
): readonly Limit[] => [
  { part: `a node of ${server}: CPU, with ${CORES}`, ordersPerSecond: cores, remedy },
  { part: `a node of ${server}: its disk, ${DISK}`, ordersPerSecond: disk, remedy },
];

const serverLimits = ({ leader, nats, elasticsearch, shard }: Capacities): readonly Limit[] => [
  {
    part: 'the leader of the stream ORDERS, with a disk as here',
    ordersPerSecond: leader.ORDERS,
    remedy: 'ORDERS split by ranges of partitions; the parts lead on different nodes',
  },
  ...nodeLimits('NATS', nats, 'more nodes, and the parts of split streams spread over them'),
  ...nodeLimits('Elasticsearch', elasticsearch, 'more nodes, and more shards'),
  {
    part: `the one shard of the index: ${given.SHARD_BYTES / 1e9} GB for ${given.DAYS_KEPT} days`,
    ordersPerSecond: shard,
    remedy: 'an index of more shards, filled by a rebuild',
  },
];
