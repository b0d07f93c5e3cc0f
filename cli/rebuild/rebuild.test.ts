import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { CHECKPOINT_ID } from '../../platform/elasticsearch/readModel.ts';
import { completedOrder, orderOf } from '../../projector/engine/ordersLog.testing.ts';
import { eventually, projectorBed } from '../../projector/engine/testbed.testing.ts';
import { findIndex } from '../../projector/engine/writtenIndex.ts';
import * as servers from '../servers/testing.ts';
import { drop, rebuild } from './rebuild.ts';
import { rollBack } from './rollBack.ts';
import { plainly, storeOf, withLease } from './testbed.testing.ts';

describe('rebuild of the order read model', function () {
  this.timeout(60_000);
  const bed = projectorBed(servers);
  const liveIndex = async () => (await findIndex(bed.model.es, bed.model.index.alias))?.index;
  const orders = (count: number) => Array.from({ length: count }, () => completedOrder());
  const isKept = async (order: ReturnType<typeof completedOrder>) =>
    assert.equal((await bed.model.view(orderOf(order)))?.version, 4);
  const change = (id: string, document: object) =>
    bed.model.es.update({ index: bed.model.index.alias, id, doc: document, refresh: true });

  it('lets readers go over to a new index, which the projector goes on feeding, and back again', async () => {
    const store = storeOf(bed);
    const projector = bed.start();
    const some = orders(30);
    await bed.model.reached(await bed.log.publish(...some.flat()));
    const first = await liveIndex();

    const outcome = await withLease(bed, store, (around) => rebuild(around, plainly));
    assert.equal(outcome.action, 'switched');
    assert.equal(outcome.events, 120);
    assert.equal(outcome.comparison.compared, 30);
    assert.equal(outcome.comparison.hashBefore, outcome.comparison.hashAfter);
    const second = await liveIndex();
    assert.notEqual(second, first);
    const [later] = orders(1);
    assert(later);
    await bed.model.reached(await bed.log.publish(...later));
    for (const order of [...some, later]) await isKept(order);
    assert.deepEqual(projector.refolded, []);

    const back = await withLease(bed, store, (around) => rollBack(around, undefined));
    assert.equal(back.action, 'rolledBack');
    assert.equal(await liveIndex(), first);
    await isKept(later);
    const [last] = orders(1);
    assert(last);
    await bed.model.reached(await bed.log.publish(...last));
    await isKept(last);

    await drop(store, 'previous');
    assert.equal(await findIndex(bed.model.es, second ?? ''), undefined);
    await assert.rejects(rebuildBack(), /no generation is kept/);
    function rebuildBack() {
      return withLease(bed, store, (around) => rollBack(around, undefined));
    }
  });

  it('never shows an order older than before, while orders go on', async () => {
    const store = storeOf(bed);
    bed.start();
    const some = orders(150);
    const ids = some.map(orderOf);
    const reading = new AbortController();
    const seen = new Map<string, number>();
    let reads = 0;
    const reader = (async () => {
      while (!reading.signal.aborted) {
        const { docs } = await bed.model.es.mget<{ version: number }>({ index: bed.model.index.alias, ids });
        for (const doc of docs) {
          const version = ('_source' in doc ? doc._source?.version : undefined) ?? 0;
          assert(version >= (seen.get(doc._id) ?? 0), `${doc._id} went back to ${version}`);
          seen.set(doc._id, version);
        }
        reads += 1;
      }
    })();
    const writing = (async () => {
      for (let version = 0; version < 4; version += 1) {
        for (const order of some) await bed.log.publish(...order.slice(version, version + 1));
      }
    })();
    await eventually(async () => assert((await bed.model.checkpoint()) > 100));
    const outcome = await withLease(bed, store, (around) => rebuild(around, plainly));
    await writing;
    await bed.model.reached(600);
    reading.abort();
    await reader;
    assert.equal(outcome.action, 'switched');
    assert(reads > 10);
    for (const order of some) await isKept(order);
  });

  it('shows what differs, and goes over only if that is accepted', async () => {
    const store = storeOf(bed);
    bed.start();
    const [one, two, three] = orders(3);
    assert(one && two && three);
    await bed.model.reached(await bed.log.publish(...one, ...two, ...three));
    await change(orderOf(one), { customerId: 'eve' });
    await bed.model.es.delete({ index: bed.model.index.alias, id: orderOf(two), refresh: true });
    const first = await liveIndex();

    const stopped = await withLease(bed, store, (around) => rebuild(around, plainly));
    assert.equal(stopped.action, 'differs');
    assert.deepEqual(stopped.comparison.kinds, { missing: 0, extra: 1, behind: 0, ahead: 0, differs: 1 });
    assert.deepEqual(
      stopped.comparison.examples.find(({ kind }) => kind === 'differs'),
      { kind: 'differs', id: orderOf(one), fields: { customerId: '"ada", instead of "eve"' } },
    );
    assert.equal(await liveIndex(), first);

    const accepting = { ...plainly, acceptDifferences: true };
    const done = await withLease(bed, store, (around) => rebuild(around, accepting));
    assert.equal(done.action, 'switched');
    assert.equal(done.events, 0);
    await isKept(two);
  });

  it('goes on where it was broken off, unless it is to begin anew', async () => {
    const store = storeOf(bed);
    bed.start();
    await bed.model.reached(await bed.log.publish(...orders(100).flat()));
    const stopping = new AbortController();
    const slowly = { ...plainly, maxRate: 100 };
    const broken = withLease(bed, store, (around) => rebuild(around, slowly), stopping.signal);
    await eventually(async () => {
      const next = await store.find('next');
      assert(next);
      const { docs } = await bed.model.es.mget({ index: next.id, ids: [CHECKPOINT_ID] });
      assert(docs.some((doc) => 'found' in doc && doc.found));
    });
    stopping.abort(new Error('broken off'));
    await assert.rejects(broken, /broken off/);
    const next = await store.find('next');
    assert(next);

    const compared = await withLease(bed, store, (around) => rebuild(around, { ...plainly, dryRun: true }));
    assert.equal(compared.action, 'compared');
    assert(compared.events > 0 && compared.events < 400);
    assert.equal(compared.to, next.id);
    const fresh = { ...plainly, fresh: true, dryRun: true };
    const anew = await withLease(bed, store, (around) => rebuild(around, fresh));
    assert.equal(anew.action === 'compared' && anew.events, 400);
    await withLease(bed, store, ({ store: held }) => drop(held, 'next'));
    assert.equal(await store.find('next'), undefined);
  });

  it('is refused while another rebuild is alive', async () => {
    const store = storeOf(bed);
    bed.start();
    await bed.model.reached(await bed.log.publish(...completedOrder()));
    await withLease(bed, store, async () => {
      await assert.rejects(
        withLease(bed, store, async () => undefined),
        /is being rebuilt by/,
      );
    });
  });

  it('makes an index of the new version, and refuses to go over before the projector is of it', async () => {
    const index = { ...bed.model.index, version: 2 };
    const store = storeOf(bed, index);
    const old = bed.start();
    const order = completedOrder();
    await bed.model.reached(await bed.log.publish(...order));
    await assert.rejects(
      withLease(bed, store, (around) => rebuild(around, plainly)),
      /the projector that runs is of another version/,
    );
    await bed.stop(old);
    bed.start({ model: { ...bed.model, index } });
    await eventually(async () => assert.equal((await store.liveState())?.shape, store.shape));
    const outcome = await withLease(bed, store, (around) => rebuild(around, plainly));
    assert.equal(outcome.action, 'switched');
    assert.match((await liveIndex()) ?? '', /-v2-/);
  });

  it('leaves the live index to the projector again when it is killed while it switches', async () => {
    const store = storeOf(bed);
    const projector = bed.start();
    await bed.model.reached(await bed.log.publish(...completedOrder()));
    const live = await store.find('live');
    assert(live);
    const next = await store.create();
    const lock = { owner: 'nobody', run: DEAD, blocked: live.id, expiresAt: new Date(0).toISOString() };
    await store.locks.write(lock, await store.locks.read());
    await store.prepare(next, DEAD);
    await store.hold(live, DEAD);
    const order = completedOrder();
    await bed.model.reached(await bed.log.publish(...order));
    await isKept(order);
    assert(projector.lines.some(({ msg }) => msg.startsWith('a rebuild ended while it was switching')));
    await assert.rejects(store.swap(live, next, DEAD), /is written again/);
    assert.equal(await liveIndex(), live.id);
  });

  it('lets the live index be written again when it takes over from one that was killed while it switched', async () => {
    const store = storeOf(bed);
    const projector = bed.start();
    await bed.model.reached(await bed.log.publish(...completedOrder()));
    await bed.stop(projector);
    const live = await store.find('live');
    assert(live);
    const lock = { owner: 'nobody', run: DEAD, blocked: live.id, expiresAt: new Date().toISOString() };
    await store.locks.write(lock, await store.locks.read());
    await store.prepare(await store.create(), DEAD);
    await store.hold(live, DEAD);
    await withLease(bed, store, ({ store: held }) => drop(held, 'next'));
    assert.equal((await store.locks.read())?.lock.blocked, undefined);
    bed.start();
    const order = completedOrder();
    await bed.model.reached(await bed.log.publish(...order));
    await isKept(order);
  });

  it('neither switches nor lets go when it stood still while another took over', async () => {
    const store = storeOf(bed);
    const projector = bed.start();
    await bed.model.reached(await bed.log.publish(...completedOrder()));
    await bed.stop(projector);
    const [live, next] = [await store.find('live'), await store.create()];
    assert(live);
    await store.prepare(next, DEAD);
    const lock = { owner: 'nobody', run: DEAD, blocked: live.id, expiresAt: new Date(0).toISOString() };
    await store.locks.write(lock, await store.locks.read());
    await store.hold(live, DEAD);
    await withLease(bed, store, async ({ lease }) => {
      await store.prepare(next, lease.run);
      await lease.setBlocked(live.id);
      await store.hold(live, lease.run);
      await assert.rejects(store.swap(live, next, DEAD), /taken for dead/);
      await assert.rejects(store.release(live, DEAD), /has taken over/);
      await assert.rejects(store.hold(live, DEAD), /has taken over/);
      assert.equal(await liveIndex(), live.id);
      await store.swap(live, next, lease.run);
      assert.equal(await liveIndex(), next.id);
      await lease.setBlocked(undefined);
    });
    const { aliases = [] } = (await findIndex(bed.model.es, next.id)) ?? {};
    const marks = aliases.filter((name) => name.includes('switching'));
    assert.deepEqual(marks, []);
  });

  it('removes no index that has become the live one meanwhile', async () => {
    const store = storeOf(bed);
    bed.start();
    const order = completedOrder();
    await bed.model.reached(await bed.log.publish(...order));
    const next = await store.create();
    await withLease(bed, store, (around) => rebuild(around, plainly));
    assert.equal(await liveIndex(), next.id);
    await assert.rejects(store.drop(next), /has taken over/);
    await isKept(order);
  });

  it('leaves the live index to the projector where it can neither switch nor let go', async () => {
    const store = storeOf(bed);
    const projector = bed.start();
    await bed.model.reached(await bed.log.publish(...completedOrder()));
    const live = await liveIndex();
    const failing = { ...store, swap: outOfReach, release: outOfReach };
    await assert.rejects(
      withLease(bed, failing, (around) => rebuild(around, plainly)),
      /out of reach/,
    );
    assert.equal((await store.locks.read())?.lock.blocked, live);
    const order = completedOrder();
    await bed.model.reached(await bed.log.publish(...order));
    await isKept(order);
    assert(projector.lines.some(({ msg }) => msg.startsWith('a rebuild ended while it was switching')));
  });

  it('lets go of the live index at another try', async () => {
    const store = storeOf(bed);
    bed.start();
    await bed.model.reached(await bed.log.publish(...completedOrder()));
    let tries = 0;
    const release: typeof store.release = (live, run) =>
      ++tries < 3 ? outOfReach() : store.release(live, run);
    const failing = { ...store, swap: outOfReach, release };
    await assert.rejects(
      withLease(bed, failing, (around) => rebuild(around, plainly)),
      /out of reach/,
    );
    assert.equal((await store.locks.read())?.lock.blocked, undefined);
    assert.equal((await findIndex(bed.model.es, bed.model.index.alias))?.isWriteBlocked, false);
  });
});

/** The run of a rebuild that was killed, or stands still. */
const DEAD = 'dead';

const outOfReach = () => Promise.reject(new Error('out of reach'));
