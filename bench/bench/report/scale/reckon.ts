/** The arithmetic from one machine to a cluster of whole machines. Pure; units stand in the names. */
import { PARTITIONS } from '../../../../platform/ids.ts';
import * as given from './assumptions.ts';
import { type Basics, DATABASES, type Database, SERVICES, type Service } from './basics.ts';
import {
  type Capacities,
  capacitiesOf,
  cellTakes,
  databaseTakes,
  each,
  REPLICATED,
  shareOf,
  streamTakes,
  sum,
} from './capacity.ts';

export interface Machines {
  readonly count: number;
  readonly coresEach: number;
}

export interface Cell {
  /** What each is split into. */
  readonly streams: Readonly<Record<given.Stream, number>>;
  /** A core each. */
  readonly replicas: Readonly<Record<Service | 'gateway', number>>;
  /** Primaries: each has a standby like it. */
  readonly databases: Readonly<Record<Database, Machines>>;
  readonly nats: Machines;
  readonly elasticsearch: Machines;
  readonly shards: number;
}

/** What so many orders a second take. */
export interface Cluster {
  readonly ordersPerSecond: number;
  /** At most, of one cell. */
  readonly cellOrdersPerSecond: number;
  readonly cells: number;
  readonly cell: Cell;
  /** Whole ones, in all cells; and which share of them the work fills. */
  readonly cores: Readonly<Record<'services' | 'postgres' | 'nats' | 'elasticsearch', number>>;
  readonly filled: number;
  readonly walBytesPerSecond: number;
  /** With all copies. */
  readonly diskBytesPerDay: Readonly<Record<'log' | 'databases' | 'index', number>>;
  readonly networkBytesPerSecond: number;
  readonly dollarsPerMonth: Readonly<Record<'cores' | 'disks' | 'network', number>>;
}

export function clusterFor(basics: Basics, ordersPerSecond: number): Cluster {
  const takes = capacitiesOf(basics);
  const cellOrdersPerSecond = cellTakes(takes);
  const cells = Math.ceil(ordersPerSecond / cellOrdersPerSecond);
  const cell = cellFor(basics, takes, ordersPerSecond / cells);
  const cores = coresOf(cell, cells);
  const kept = sum(Object.values(basics.databaseBytes));
  const diskBytesPerDay = {
    log: ordersPerSecond * given.DAY_S * basics.logBytes * given.LOG_COPIES,
    databases: ordersPerSecond * given.DAY_S * kept * given.DATABASE_COPIES,
    index: ordersPerSecond * given.DAY_S * basics.indexBytes * given.INDEX_COPIES,
  };
  const networkBytesPerSecond = networkOf(basics, ordersPerSecond);
  return {
    ordersPerSecond,
    cellOrdersPerSecond,
    cells,
    cell,
    cores,
    filled: workOf(basics, ordersPerSecond) / totalOf(cores),
    walBytesPerSecond: ordersPerSecond * basics.wal.most.bytes,
    diskBytesPerDay,
    networkBytesPerSecond,
    dollarsPerMonth: {
      cores: totalOf(cores) * given.CORE_MONTH,
      disks: (totalOf(diskBytesPerDay) * given.DAYS_KEPT * given.DISK_GB_MONTH) / 1e9,
      network: (networkBytesPerSecond * given.MONTH_S * given.NETWORK_GB) / 1e9,
    },
  };
}

export const totalOf = (parts: Readonly<Record<string, number>>): number => sum(Object.values(parts));

/** Of what a month costs, for a million orders. */
export const perMillion = ({ ordersPerSecond }: Cluster, dollarsPerMonth: number): number =>
  dollarsPerMonth / ((ordersPerSecond * given.MONTH_S) / 1e6);

/** A part of a stream is published from one database, and the parts of ORDERS are projected into one each. */
const BEHIND: Readonly<Record<given.Stream, readonly Database[]>> = {
  ORDERS: ['order', 'analytics'],
  CATALOG: ['catalog'],
  PAYMENTS: ['payment'],
};

function cellFor(basics: Basics, takes: Capacities, ordersPerSecond: number): Cell {
  const { cpuMs } = basics;
  const partsOf = (one: number, copies = 1) => Math.ceil((ordersPerSecond * copies) / one);
  const machines = (count: number, ms: number): Machines => {
    const cores = (ordersPerSecond * ms) / 1_000 / given.UTILISATION;
    return { count, coresEach: Math.max(given.SERVER_CORES, Math.ceil(cores / count)) };
  };
  const nodes = (least: number, of: Readonly<Record<string, number>>, copies: number) =>
    Math.max(least, partsOf(Math.min(...Object.values(of)), copies));
  const databases = each(DATABASES, (name) =>
    machines(partsOf(databaseTakes(takes, name)), cpuMs.postgres * shareOf(basics, name)),
  );
  const streams = each(given.STREAMS, (name) => {
    const parts = [partsOf(streamTakes(takes, name)), ...BEHIND[name].map((from) => databases[from].count)];
    return Math.min(PARTITIONS, Math.max(...parts));
  });
  const { LEAST_REPLICAS, LOG_COPIES, INDEX_COPIES } = given;
  return {
    streams,
    databases,
    replicas: {
      ...each(REPLICATED, (name) => Math.max(LEAST_REPLICAS, partsOf(takes.replica[name]))),
      projector: LEAST_REPLICAS * streams.ORDERS,
      gateway: LEAST_REPLICAS,
    },
    nats: machines(nodes(given.LEAST_NATS, takes.nats, LOG_COPIES), cpuMs.nats * LOG_COPIES),
    elasticsearch: machines(
      nodes(given.LEAST_ELASTICSEARCH, takes.elasticsearch, INDEX_COPIES),
      cpuMs.elasticsearch * INDEX_COPIES,
    ),
    shards: partsOf(takes.shard),
  };
}

function coresOf({ replicas, databases, nats, elasticsearch }: Cell, cells: number): Cluster['cores'] {
  const of = ({ count, coresEach }: Machines) => count * coresEach;
  return {
    services: cells * totalOf(replicas),
    postgres: cells * sum(Object.values(databases).map(of)) * given.DATABASE_COPIES,
    nats: cells * of(nats),
    elasticsearch: cells * of(elasticsearch),
  };
}

/** In cores that do nothing else. */
function workOf({ cpuMs }: Basics, ordersPerSecond: number): number {
  const { postgres, nats, elasticsearch } = cpuMs;
  const servers = postgres + nats * given.LOG_COPIES + elasticsearch * given.INDEX_COPIES;
  return (ordersPerSecond * (sum(SERVICES.map((name) => cpuMs[name])) + servers)) / 1_000;
}

/** The log to its copies and its readers, the write-ahead log to the standby, documents to both copies of a shard. */
function networkOf({ logBytes, wal, indexBytes }: Basics, ordersPerSecond: number): number {
  const { STREAMS, EVENTS, EVENTS_AN_ORDER, READERS } = given;
  const read = sum(STREAMS.map((name) => (EVENTS[name] / EVENTS_AN_ORDER) * READERS[name]));
  const log = logBytes * (given.LOG_COPIES + read);
  const toStandby = wal.most.bytes * (given.DATABASE_COPIES - 1);
  return ordersPerSecond * (log + toStandby + indexBytes * given.INDEX_COPIES);
}
