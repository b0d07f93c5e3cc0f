import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { feedDouble, messageOf } from './feedDouble.testing.ts';
import { MISSED } from './watcher.ts';
import { createWatchers } from './watchers.ts';

const { signal } = new AbortController();

describe('watchers', () => {
  it('hear of their own order, of each event once, in order', async () => {
    const feed = feedDouble();
    const watchers = createWatchers(feed);
    const [a, b, other] = await Promise.all(['a', 'a', 'b'].map((id) => watchers.watch(id, signal)));
    assert.ok(a && b && other);
    feed.tell(messageOf('a', 1), messageOf('b', 1), messageOf('a', 2), messageOf('c', 1));
    const first = await a.next(signal);
    assert.deepEqual(versions(first, await a.next(signal)), [1, 2]);
    // Decoded once for all.
    assert.equal(await b.next(signal), first);
    assert.deepEqual(versions(await other.next(signal)), [1]);
  });

  it('that are too slow lose what waits, and hear what comes from then on', async () => {
    const feed = feedDouble();
    const watchers = createWatchers(feed, { maxEvents: 2 });
    const slow = await watchers.watch('a', signal);
    feed.tell(...[1, 2, 3, 4].map((version) => messageOf('a', version)));
    assert.equal(await slow.next(signal), MISSED);
    feed.tell(messageOf('a', 5));
    assert.deepEqual(versions(await slow.next(signal)), [5]);
  });

  it('are told when the log lost its place', async () => {
    const feed = feedDouble();
    const watchers = createWatchers(feed);
    const watcher = await watchers.watch('a', signal);
    feed.tell(messageOf('a', 1));
    feed.miss();
    assert.equal(await watcher.next(signal), MISSED);
  });

  it('end with their caller', async () => {
    const watcher = await createWatchers(feedDouble()).watch('a', signal);
    const gone = new AbortController();
    const next = watcher.next(gone.signal);
    gone.abort(new Error('gone'));
    await assert.rejects(next, /gone/);
  });

  it('come by the thousand, and cost nothing once they are gone', async () => {
    const feed = feedDouble();
    const watchers = createWatchers(feed);
    const ids = Array.from({ length: 4_000 }, (_, n) => `order-${n % 1_000}`);
    const all = await Promise.all(ids.map((id) => watchers.watch(id, signal)));
    feed.tell(...ids.slice(0, 1_000).map((id) => messageOf(id, 1)));
    const heard = await Promise.all(all.map((watcher) => watcher.next(signal)));
    assert.ok(heard.every((event) => event !== MISSED && event.version === 1));
    assert.equal(feed.listeners(), 1);
    for (const watcher of all) {
      watcher.close();
      watcher.close();
    }
    assert.equal(watchers.count(), 0);
    assert.equal(feed.listeners(), 0);
  });

  it('are bounded in all', async () => {
    const watchers = createWatchers(feedDouble(), { maxWatchers: 2 });
    const [first] = await Promise.all([watchers.watch('a', signal), watchers.watch('b', signal)]);
    await assert.rejects(watchers.watch('c', signal), { code: 'RESOURCE_EXHAUSTED', retryAfterMs: 5_000 });
    first?.close();
    await watchers.watch('c', signal);
  });

  it('are ended when the gateway stops, and no more are taken', async () => {
    const watchers = createWatchers(feedDouble());
    const watcher = await watchers.watch('a', signal);
    const next = watcher.next(signal);
    watchers.close();
    await assert.rejects(next, { code: 'UNAVAILABLE', reason: 'SERVER_STOPPING' });
    await assert.rejects(watchers.watch('a', signal), { reason: 'SERVER_STOPPING' });
  });
});

const versions = (...events: readonly (typeof MISSED | { readonly version: number })[]) =>
  events.map((event) => (event === MISSED ? 'missed' : event.version));
