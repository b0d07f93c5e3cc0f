/** What the reckoning takes for given, since it was not measured here. Pure. */

/** Of an order that is completed, by stream: OrderCreated to OrderCompleted; reserved, confirmed; started, processed. */
export const EVENTS = { ORDERS: 4, CATALOG: 2, PAYMENTS: 2 } as const;
export type Stream = keyof typeof EVENTS;
export const STREAMS = Object.keys(EVENTS) as readonly Stream[];
export const EVENTS_AN_ORDER = EVENTS.ORDERS + EVENTS.CATALOG + EVENTS.PAYMENTS;
/** Who reads a stream: ORDERS is read by Catalog, Payment, the two projections and the gateway's watches. */
export const READERS = { ORDERS: 5, CATALOG: 2, PAYMENTS: 1 } as const;

/** Nothing is planned to run fuller. */
export const UTILISATION = 0.6;
/** Within a zone. */
export const ROUND_TRIP_MS = 1;
/**
 * What a batch did not wait for where it was measured, over loopback and without copies: to publish it, the way to the
 * leader of the stream, and the leader's to a majority; of a relay besides, the outbox, the record, and the record's to the standby.
 */
export const PUBLISH_TRIPS = 2;
export const RELAY_TRIPS = PUBLISH_TRIPS + 3;

/** Copies: the log's, a database's with its synchronous standby, a shard's with its replica. */
export const LOG_COPIES = 3;
export const DATABASE_COPIES = 2;
export const INDEX_COPIES = 2;
/** In a cell at least, so that one may fail: of each service, and where a majority decides. */
export const LEAST_REPLICAS = 2;
export const LEAST_NATS = 3;
export const LEAST_ELASTICSEARCH = 3;

/** The machines of servers have no fewer cores, and no more. */
export const SERVER_CORES = 2;
export const MACHINE_CORES = 64;
/** Of a machine: what it holds, and what it takes of write-ahead log. */
export const DISK_BYTES = 16e12;
export const WAL_BYTES_PER_SECOND = 500e6;
export const SHARD_BYTES = 50e9;
/** No cell takes more: what fails in one is felt by no other. */
export const CELL_ORDERS_PER_SECOND = 100_000;

export const DAY_S = 86_400;
export const MONTH_S = 30 * DAY_S;
/** How long orders stay on these disks. */
export const DAYS_KEPT = 30;
export const KEPT_S = DAYS_KEPT * DAY_S;

/** In dollars; about what clouds ask without a contract. A core comes with 4 GB of memory. */
export const CORE_MONTH = 30;
export const CORE_MEMORY_GB = 4;
export const DISK_GB_MONTH = 0.1;
/** Between zones, both ways. */
export const NETWORK_GB = 0.02;

export const RATES = [1_000, 100_000, 10_000_000] as const;
