import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { MAX_BATCH_MESSAGES } from '../../../../platform/log/publish.ts';
import * as given from './assumptions.ts';
import { measured } from './basics.testing.ts';
import { type Basics, DATABASES } from './basics.ts';
import { capacitiesOf, relayRate, shareOf, sum } from './capacity.ts';
import { limits } from './limits.ts';

describe('what is full first', () => {
  it('comes first', () => {
    const rates = limits(measured()).map(({ ordersPerSecond }) => ordersPerSecond);
    assert.deepEqual(
      rates,
      rates.toSorted((a, b) => a - b),
    );
    assert.ok(rates.every((rate) => rate > 0));
  });

  it('may be the CPU of any server', () => {
    const dear = { ...measured().cpuMs, nats: 1e6, elasticsearch: 1e7 };
    const [first, second] = limits({ ...measured(), cpuMs: dear });
    assert.equal(first?.part, `a node of Elasticsearch: CPU, with ${given.MACHINE_CORES} cores`);
    assert.equal(second?.part, `a node of NATS: CPU, with ${given.MACHINE_CORES} cores`);
  });

  it('is told of the database that has most of the work, by the bytes that each keeps', () => {
    const basics = measured();
    assert.ok(Math.abs(sum(DATABASES.map((name) => shareOf(basics, name))) - 1) < 1e-9);
    assert.ok(DATABASES.every((name) => shareOf(basics, name) > 0));
    const fuller = { ...basics, databaseBytes: { ...basics.databaseBytes, analytics: 30_000 } };
    const partsOf = (each: Basics) => limits(each).map(({ part }) => part);
    assert.ok(partsOf(basics).some((part) => part.startsWith('the database of Order: CPU')));
    assert.ok(partsOf(fuller).some((part) => part.startsWith('the database of Analytics: CPU')));
  });

  it('is reckoned for the relay with what each batch waits for where the log has copies', () => {
    const basics = measured();
    const withOneTrip =
      MAX_BATCH_MESSAGES / (MAX_BATCH_MESSAGES / basics.relayEventsPerSecond + given.ROUND_TRIP_MS / 1_000);
    assert.ok(relayRate(basics) < basics.relayEventsPerSecond);
    assert.ok(relayRate(basics) <= withOneTrip);
    // However quick the machine is, a batch waits.
    const mostBatches = 1_000 / (given.ROUND_TRIP_MS * given.RELAY_TRIPS);
    assert.ok(relayRate({ ...basics, relayEventsPerSecond: 1e12 }) <= mostBatches * MAX_BATCH_MESSAGES);
    assert.ok(capacitiesOf(basics).relay.ORDERS < basics.relayEventsPerSecond / given.EVENTS.ORDERS);
  });
});
