/** The texts around the tables of docs/scale.md: no figure in them is typed. Pure. */
import { PARTITIONS } from '../../../../platform/ids.ts';
import { MAX_BATCH_MESSAGES } from '../../../../platform/log/publish.ts';
import { number } from '../../../compare/report/figure.ts';
import * as given from './assumptions.ts';
import type { Basics } from './basics.ts';
import { capacitiesOf, leaderRate, relayRate } from './capacity.ts';
import { percent, perSecond, TITLES } from './words.ts';

/** What the figures are of. */
export const measuredText = ({ between: [from, to], wal }: Basics): readonly string[] => [
  'CPU is that of the all-in load, where everything shares the same cores and caches, with one of each service; bytes are what',
  `databases, streams and index have grown by an order between ${number(from)} and ${number(to)} orders, each once.`,
  wal.most.bytes === wal.least.bytes
    ? 'The write-ahead log of an order was the same at each size.'
    : `The write-ahead log of an order was ${number(wal.least.bytes)} bytes with ${number(wal.least.orders)} orders behind it, the least of all sizes, and ${number(wal.most.bytes)} with ${number(wal.most.orders)}, the most: it is reckoned with the most.`,
];

export const ASSUMPTIONS: readonly string[] = [
  `CPU grows with the orders, and a core elsewhere is a core here. Nothing is planned to be more than ${percent(given.UTILISATION)} busy. Machines are whole, and so are their cores.`,
  `An order makes ${given.EVENTS_AN_ORDER} events: ${given.STREAMS.map((name) => `${given.EVENTS[name]} in ${name}`).join(', ')}. PostgreSQL’s CPU and its write-ahead log are shared among the ${Object.keys(TITLES).length} databases, Analytics’ with them, as the bytes are that they keep; the bytes of the log among the streams as the events are.`,
  `Copies: ${given.LOG_COPIES} of the log, each of which takes the CPU of one; ${given.DATABASE_COPIES} of a database, whose synchronous standby is a machine like the primary; ${given.INDEX_COPIES} of a shard, each of which takes the CPU of one.`,
  `The relay and the leader of a stream were measured on loopback and on a log without copies. Each had one batch of at most ${number(MAX_BATCH_MESSAGES)} events in flight, and the relay never has more: what a batch waits for is lost to the rate, not to latency alone. With copies a batch is taken to wait for ${given.RELAY_TRIPS} more round trips in the relay (the outbox, the leader, a majority of the copies, the record, its standby) and for ${given.PUBLISH_TRIPS} of these at the leader, ${given.ROUND_TRIP_MS} ms each, as within a zone. What a log with copies writes besides, and that a slower disk of the majority is waited for, is not in it: that of the relay is an upper bound, and that of the leader is what one client with one batch in flight got from it. The latency of an order is not reckoned.`,
  `A cell has at least ${given.LEAST_REPLICAS} replicas of each service, of the projector for each stream that it follows (one works, the others stand by), and of the gateway, a core each; a primary and a standby of each database; ${given.LEAST_NATS} nodes of NATS and ${given.LEAST_ELASTICSEARCH} of Elasticsearch. What is read through the gateway is not reckoned.`,
  `A machine of PostgreSQL, NATS or Elasticsearch has ${given.SERVER_CORES} to ${given.MACHINE_CORES} cores and ${given.DISK_BYTES / 1e12} TB of disk; the disk of a database takes ${given.WAL_BYTES_PER_SECOND / 1e6} MB/s of write-ahead log, that of a node of NATS as many events as here; a shard is kept to ${given.SHARD_BYTES / 1e9} GB. A cell takes at most ${perSecond(given.CELL_ORDERS_PER_SECOND)}, and customers are spread over cells.`,
  `Orders are kept ${given.DAYS_KEPT} days on these disks, and disks are paid for what is kept. Orderlog deletes no orders: moving what is older to cheaper storage is not built.`,
  `The network is the log to its copies and its readers (${given.STREAMS.map((name) => `${given.READERS[name]} of ${name}`).join(', ')}), the write-ahead log to the standby, and documents to both copies of a shard; calls of clients and statements are not in it.`,
  `Prices, in dollars, about what clouds ask without a contract, and no offer of anybody’s: ${given.CORE_MONTH} a month for a core with ${given.CORE_MEMORY_GB} GB, ${given.DISK_GB_MONTH} a month for a GB of disk, ${given.NETWORK_GB} for a GB between zones.`,
];

export const limitsText = (basics: Basics): readonly string[] => [
  `One of each, as \`npm start\` runs it, but on a machine of its own and with the copies of a cluster: the orders a second at which a part is ${percent(given.UTILISATION)} busy, or its disk is full after ${given.DAYS_KEPT} days.`,
  `By the round trips above, the relay takes ${number(relayRate(basics))} events/s at most instead of ${number(basics.relayEventsPerSecond)}, and the leader of a stream ${number(leaderRate(basics))} instead of ${number(basics.logEventsPerSecond)}.`,
  'Today the services share partitions among as many replicas as one starts, and nothing else is split: what the last column',
  `names is what the design keeps room for (${PARTITIONS} partitions, fixed in every subject; no join across orders; ids from which a`,
  'range follows), and is not built.',
  ...sharingText(basics),
];

function sharingText({ sharing }: Basics): readonly string[] {
  if (sharing.length === 0) return ['What it costs to share work among replicas was not measured.'];
  const told = sharing.map(({ name, ratio }) => `${name}: ${number(ratio)}`).join('; ');
  return [
    `What it costs to share was measured on the same cores (Replicas in performance.md), and is not reckoned: ${told}.`,
  ];
}

/** Below the table of limits: how much of it hangs on the size at which the write-ahead log was measured. */
export function walText(basics: Basics): readonly string[] {
  const { wal } = basics;
  if (wal.least.bytes === wal.most.bytes) return [];
  const most = capacitiesOf(basics).database.wal;
  const least = capacitiesOf({ ...basics, wal: { ...wal, most: wal.least } }).database.wal;
  const lowest = (rates: Readonly<Record<string, number>>) =>
    perSecond(Math.round(Math.min(...Object.values(rates))));
  return [
    `With the least of the write-ahead log that was measured its row would be ${lowest(least)} instead of ${lowest(most)}.`,
  ];
}
