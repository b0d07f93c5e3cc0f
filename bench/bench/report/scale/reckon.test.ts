import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as given from './assumptions.ts';
import { measured } from './basics.testing.ts';
import { type Basics, DATABASES } from './basics.ts';
import { capacitiesOf } from './capacity.ts';
import { conclusion } from './conclusion.ts';
import { clusterFor, perMillion, totalOf } from './reckon.ts';

const priceAt = (basics: Basics, rate: number): number => {
  const cluster = clusterFor(basics, rate);
  return perMillion(cluster, totalOf(cluster.dollarsPerMonth));
};

const told = (basics: Basics, ...rates: readonly number[]): string =>
  conclusion(rates.map((rate) => clusterFor(basics, rate))).join(' ');

/** A history that takes next to nothing, so that cores are what is paid for. */
const withoutHistory = (basics: Basics): Basics => ({
  ...basics,
  databaseBytes: { order: 3, catalog: 2, payment: 2, analytics: 1 },
  logBytes: 4,
  indexBytes: 1,
  wal: { least: { orders: 1_000, bytes: 10 }, most: { orders: 10_000, bytes: 12 } },
});

describe('a cluster', () => {
  it('is of whole cores, and paid for as they are told', () => {
    for (const rate of [1, 1_000, 123_456, 10_000_000]) {
      const { cell, cells, cores, dollarsPerMonth, filled } = clusterFor(measured(), rate);
      const servers = [cell.nats, cell.elasticsearch, ...Object.values(cell.databases)];
      const counts = [...Object.values(cell.replicas), ...servers.flatMap((each) => Object.values(each))];
      assert.ok(counts.every(Number.isInteger));
      assert.equal(cores.nats, cells * cell.nats.count * cell.nats.coresEach);
      assert.equal(cores.services, cells * totalOf(cell.replicas));
      assert.equal(dollarsPerMonth.cores, totalOf(cores) * given.CORE_MONTH);
      assert.ok(filled > 0 && filled <= given.UTILISATION);
    }
  });

  it('is never so small that it would not outlive a machine', () => {
    const { cell, cells } = clusterFor(measured(), 1);
    assert.equal(cells, 1);
    assert.deepEqual(Object.values(cell.replicas), [2, 2, 2, 2, 2]);
    assert.equal(cell.nats.count, 3);
    assert.equal(cell.elasticsearch.count, 3);
    for (const name of DATABASES) assert.deepEqual(cell.databases[name], { count: 1, coresEach: 2 });
    assert.equal(clusterFor(measured(), 1).cores.postgres, DATABASES.length * 2 * given.DATABASE_COPIES);
  });

  it('has parts enough for what they take, and no database without a stream of its own', () => {
    const takes = capacitiesOf(measured());
    const { cell } = clusterFor(measured(), given.CELL_ORDERS_PER_SECOND);
    const has = (parts: number, one: number) => assert.ok(parts * one >= given.CELL_ORDERS_PER_SECOND);
    has(cell.streams.ORDERS, Math.min(takes.relay.ORDERS, takes.streamDisk.ORDERS, takes.projector));
    has(cell.databases.analytics.count, takes.database.disk.analytics);
    has(cell.replicas.order, takes.replica.order);
    for (const name of ['order', 'analytics'] as const)
      assert.ok(cell.streams.ORDERS >= cell.databases[name].count);
  });

  it('has more cells where one would need a part smaller than a partition', () => {
    assert.equal(clusterFor(measured(), 1_000_000).cells, 10);
    const slow: Basics = { ...measured(), relayEventsPerSecond: 100 };
    const { cell, cells, cellOrdersPerSecond } = clusterFor(slow, 100_000);
    assert.ok(cells > 1 && cells * cellOrdersPerSecond >= 100_000);
    assert.ok(cell.streams.ORDERS <= 256);
    assert.ok(cell.streams.ORDERS * capacitiesOf(slow).relay.ORDERS >= 100_000 / cells - 1e-6);
    assert.match(told(slow, 1_000, 100_000), /nothing is split into more than 256/);
  });
});

describe('what it costs', () => {
  it('is less an order, the more there are, as long as a small cluster stands idle', () => {
    const basics = measured();
    const prices = [1, 100, 1_000, 1_000_000].map((rate) => priceAt(basics, rate));
    assert.deepEqual(
      prices,
      prices.toSorted((a, b) => b - a),
    );
    assert.ok((prices[0] ?? 0) > (prices.at(-1) ?? 0));
  });

  it('is told as the figures are: it falls, it rises, or it is the same', () => {
    const basics = measured();
    assert.match(told(basics, 100, 1_000_000), /The price of a million orders falls from/);
    assert.match(told(basics, 1_000_000, 100), /The price of a million orders rises from/);
    assert.match(told(basics, 1_000_000, 10_000_000), /A million orders cost the same at/);
  });

  it('is told by its largest part, whichever that is', () => {
    const basics = measured();
    assert.match(told(basics, 1_000, 100_000), /The largest part of the price is disks/);
    assert.match(told(withoutHistory(basics), 1_000, 100_000), /The largest part of the price is cores/);
    const wal = { orders: 10_000, bytes: 1e6 };
    const talkative: Basics = { ...basics, wal: { least: wal, most: wal } };
    assert.match(told(talkative, 1_000, 100_000), /The largest part of the price is network/);
    assert.match(
      told(basics, 1, 100_000),
      /largest part of the price is cores at 1 orders\/s .*and disks at/,
    );
  });
});
