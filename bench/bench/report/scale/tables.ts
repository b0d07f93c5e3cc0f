/** The tables of docs/scale.md. Pure. */
import type { Block } from '../../../compare/report/blocks.ts';
import { number } from '../../../compare/report/figure.ts';
import * as given from './assumptions.ts';
import { type Basics, DATABASES, SERVERS, SERVICES } from './basics.ts';
import { limits } from './limits.ts';
import { type Cluster, type Machines, perMillion, totalOf } from './reckon.ts';
import { perSecond, TITLES } from './words.ts';

export function measuredTable(basics: Basics): Block {
  const { cpuMs, databaseBytes, wal } = basics;
  return {
    kind: 'table',
    head: ['', 'measured', 'unit'],
    firstNumber: 1,
    rows: [
      [`orders, everything on ${basics.cores} cores`, number(basics.ordersPerSecond), 'orders/s'],
      ...[...SERVICES, ...SERVERS].map((name) => [`CPU of ${name}`, number(cpuMs[name]), 'ms an order']),
      ['one relay, alone, into a log without copies', number(basics.relayEventsPerSecond), 'events/s'],
      ['raw atomic batches into one stream, without copies', number(basics.logEventsPerSecond), 'events/s'],
      ...DATABASES.map((name) => [`database ${name}`, number(databaseBytes[name]), 'bytes an order']),
      [
        `PostgreSQL’s write-ahead log, with ${number(wal.most.orders)} orders behind it`,
        number(wal.most.bytes),
        'bytes an order',
      ],
      ['the three streams', number(basics.logBytes), 'bytes an order'],
      ['the index', number(basics.indexBytes), 'bytes an order'],
    ],
  };
}

export const limitsTable = (basics: Basics): Block => ({
  kind: 'table',
  head: ['part', 'reckoned, orders/s', 'then'],
  rows: limits(basics).map(({ part, ordersPerSecond, remedy }) => [
    part,
    number(Math.round(ordersPerSecond)),
    remedy,
  ]),
});

const machinesText = ({ count, coresEach }: Machines): string => `${number(count)} × ${number(coresEach)}`;

export function clustersTable(clusters: readonly Cluster[]): Block {
  const told = (name: string, of: (cluster: Cluster) => string) => [name, ...clusters.map(of)];
  const row = (name: string, of: (cluster: Cluster) => number) => told(name, (each) => number(of(each)));
  const inCell = (name: string, of: (cell: Cluster['cell']) => number) =>
    row(`in a cell: ${name}`, ({ cell }) => of(cell));
  const machines = (name: string, of: (cell: Cluster['cell']) => Machines) =>
    told(`in a cell: ${name} × cores of each`, ({ cell }) => machinesText(of(cell)));
  return {
    kind: 'table',
    head: ['', ...clusters.map(({ ordersPerSecond }) => perSecond(ordersPerSecond))],
    firstNumber: 1,
    rows: [
      row('cells', ({ cells }) => cells),
      inCell('streams that ORDERS is split into', ({ streams }) => streams.ORDERS),
      inCell('streams of CATALOG', ({ streams }) => streams.CATALOG),
      inCell('streams of PAYMENTS', ({ streams }) => streams.PAYMENTS),
      ...[...SERVICES, 'gateway' as const].map((name) =>
        inCell(`replicas of ${name}, a core each`, ({ replicas }) => replicas[name]),
      ),
      ...DATABASES.map((name) =>
        machines(`primaries of ${TITLES[name]}, and as many standbys`, ({ databases }) => databases[name]),
      ),
      machines('nodes of NATS', ({ nats }) => nats),
      machines('nodes of Elasticsearch', ({ elasticsearch }) => elasticsearch),
      inCell('primary shards of the index', ({ shards }) => shards),
      row('cores of services', ({ cores }) => cores.services),
      row('cores of PostgreSQL', ({ cores }) => cores.postgres),
      row('cores of NATS', ({ cores }) => cores.nats),
      row('cores of Elasticsearch', ({ cores }) => cores.elasticsearch),
      row('cores together', ({ cores }) => totalOf(cores)),
      row('write-ahead log, MB/s', ({ walBytesPerSecond }) => walBytesPerSecond / 1e6),
      row('log, TB a day with its copies', ({ diskBytesPerDay }) => diskBytesPerDay.log / 1e12),
      row('databases, TB a day with their copies', ({ diskBytesPerDay }) => diskBytesPerDay.databases / 1e12),
      row('index, TB a day with its copies', ({ diskBytesPerDay }) => diskBytesPerDay.index / 1e12),
      row('network between the parts, MB/s', ({ networkBytesPerSecond }) => networkBytesPerSecond / 1e6),
    ],
  };
}

const COSTS: Readonly<Record<keyof Cluster['dollarsPerMonth'], string>> = {
  cores: 'cores',
  disks: `disks with ${given.DAYS_KEPT} days of orders`,
  network: 'network, if all of it were between zones',
};

export function costTable(clusters: readonly Cluster[]): Block {
  const row = (name: string, of: (cluster: Cluster) => number) => [
    name,
    ...clusters.map((each) => number(of(each))),
  ];
  const parts = Object.entries(COSTS) as readonly [keyof typeof COSTS, string][];
  return {
    kind: 'table',
    head: ['dollars', ...clusters.map(({ ordersPerSecond }) => perSecond(ordersPerSecond))],
    firstNumber: 1,
    rows: [
      ...parts.map(([part, name]) =>
        row(`${name}, a month`, ({ dollarsPerMonth }) => Math.round(dollarsPerMonth[part])),
      ),
      ...parts.map(([part]) =>
        row(`${part}, for a million orders`, (each) => perMillion(each, each.dollarsPerMonth[part])),
      ),
      row('together, for a million orders', (each) => perMillion(each, totalOf(each.dollarsPerMonth))),
    ],
  };
}
