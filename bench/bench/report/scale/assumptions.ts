/** What the reckoning takes for given, since it was not measured here. Pure. */

/** Of an order that is completed, by stream: OrderCreated to OrderCompleted; reserved, confirmed; started, processed. */
export const EVENTS = { ORDERS: 4, CATALOG: 2, PAYMENTS: 2 } as const;
export const EVENTS_AN_ORDER = EVENTS.ORDERS + EVENTS.CATALOG + EVENTS.PAYMENTS;
/** Who reads a stream: ORDERS is read by Catalog, Payment, the two projections and the gateway's watches. */
export const READERS = { ORDERS: 5, CATALOG: 2, PAYMENTS: 1 } as const;
/** Shares of PostgreSQL's work, by the events that a service writes. */
export const SHARES = { order: 1 / 2, catalog: 1 / 4, payment: 1 / 4 } as const;

/** Nothing is planned to run fuller. */
export const UTILISATION = 0.6;
/** Of the largest PostgreSQL primary that one would run, and what its disk takes of write-ahead log. */
export const DATABASE_CORES = 64;
export const WAL_BYTES_PER_SECOND = 500e6;
/** Copies: the log's, a database's with its synchronous standby, a shard's with its replica. */
export const LOG_COPIES = 3;
export const DATABASE_COPIES = 2;
export const INDEX_COPIES = 2;
/** A standby writes what its primary does, and decides nothing. */
export const STANDBY_CPU = 0.3;
export const PARTITIONS = 256;
export const SHARD_BYTES = 50e9;
/** How long orders stay on these disks. */
export const DAYS_KEPT = 30;
/** No cell takes more: what fails in one is felt by no other. */
export const CELL_ORDERS_PER_SECOND = 100_000;

/** In dollars; about what clouds ask without a contract. A core comes with 4 GB of memory. */
export const CORE_MONTH = 30;
export const DISK_GB_MONTH = 0.1;
/** Between zones, both ways. */
export const NETWORK_GB = 0.02;

export const RATES = [1_000, 100_000, 10_000_000] as const;
