import assert from 'node:assert/strict';
import { jetstream } from '@nats-io/jetstream';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { pino } from 'pino';
import { type TestNats, testNats } from '../../cli/servers/testing.ts';
import { type TestLog, testLog } from '../../platform/consume/testbed.testing.ts';
import { eventIdOf } from '../../platform/ids.ts';
import { type LogMessage, toMessage } from '../../platform/log/headers.ts';
import { createStream } from '../../platform/log/stream.ts';
import { createFeed, type Feed } from './feed.ts';

const START_MS = 120_000;
const logger = pino({ level: process.env.ORDERLOG_TEST_LOG ?? 'silent' });
const { signal } = new AbortController();

describe('the end of a stream', function () {
  this.timeout(60_000);
  let nats: TestNats;
  let log: TestLog;
  let feed: Feed;
  let heard: LogMessage[];
  let missed: number;
  let stop: () => void;

  before(async function () {
    this.timeout(START_MS);
    nats = await testNats();
  });
  beforeEach(async () => {
    log = await testLog(nats.url);
    await log.create();
    const connection = Promise.resolve(log.connection);
    feed = createFeed({
      connection,
      stream: { name: 'TESTS', subjectPrefix: 'tests' },
      logger,
      lingerMs: 50,
    });
    heard = [];
    missed = 0;
  });
  afterEach(async () => {
    await feed.close();
    await log.delete().catch(() => undefined);
    await log.close();
  });
  after(() => nats.stop());

  const listen = async () => {
    const onMessages = (messages: readonly LogMessage[]) => void heard.push(...messages);
    stop = feed.subscribe({ onMessages, onMissed: () => (missed += 1) });
    await feed.begun(signal);
  };
  const put = async (count: number) => {
    for (let n = 0; n < count; n += 1) await log.put('a', 1);
  };
  /** Repeats what fails while the connection is on its way back. */
  const putSoon = async () => {
    for (;;) {
      try {
        return await put(1);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  const hear = async (count: number) => {
    while (heard.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(
      heard.map(({ sequence }) => sequence),
      Array.from({ length: count }, (_, n) => (heard[0]?.sequence ?? 0) + n),
    );
  };

  it('is heard from where it is, and not before', async () => {
    await put(3);
    await listen();
    await put(2);
    await hear(2);
    assert.equal(heard[0]?.sequence, 4);
    assert.equal(feed.problem(), undefined);
  });

  it('is heard from the beginning where the stream was empty', async () => {
    await listen();
    await put(2);
    await hear(2);
  });

  it('goes on at its place after the server was killed: nothing is missed, nothing comes twice', async () => {
    await listen();
    await put(2);
    await hear(2);
    await nats.kill();
    await nats.restart();
    await putSoon();
    await put(2);
    await hear(5);
    assert.equal(missed, 0);
  });

  it('finds its place again in a stream that was lost and republished', async () => {
    await listen();
    await put(2);
    await hear(2);
    const again = [...heard];
    await log.delete();
    while (feed.problem() === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    const spec = { name: 'TESTS', subjectPrefix: 'tests', maxBytes: 1024 * 1024, replicas: 1 };
    await createStream(log.connection, spec, 2, { firstSequence: 3, restoredTo: 4 });
    let prev = 0;
    const publish = async (event: LogMessage) => {
      const place = { subjectPrefix: 'tests', source: '/orderlog/test', prev, epoch: 2 };
      const { subject, headers, payload } = toMessage(event, place);
      ({ seq: prev } = await jetstream(log.connection.nats).publish(subject, payload, { headers }));
    };
    for (const event of again) await publish(event);
    assert.ok(again[1]);
    await publish({ ...again[1], version: 3, eventId: eventIdOf('test', 'a', 3) });
    while (heard.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(
      heard.slice(2).map(({ version, sequence }) => [version, sequence]),
      [[3, 5]],
    );
    assert.equal(missed, 0);
  });

  it('says that it lost its place where the stream was made anew with other events, and goes on in the new one', async () => {
    await listen();
    await put(2);
    await hear(2);
    await log.delete();
    log.forget();
    await log.create();
    while (missed === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    heard = [];
    await put(2);
    await hear(2);
  });

  it('is read for whoever listens, by one reader, and for nobody else', async () => {
    await listen();
    const first = stop;
    await listen();
    await put(1);
    while (heard.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    first();
    stop();
    while (feed.problem() === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    await put(1);
    heard = [];
    await listen();
    await put(1);
    await hear(1);
    assert.equal(missed, 0);
  });

  it('cannot be listened to while there is no stream, and says so', async () => {
    await log.delete();
    const none = createFeed({
      connection: Promise.resolve(log.connection),
      stream: { name: 'TESTS', subjectPrefix: 'tests' },
      logger,
      maxWaitMs: 300,
    });
    none.subscribe({ onMessages: () => undefined, onMissed: () => undefined });
    while (!/does not exist yet/.test(none.problem() ?? '')) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await assert.rejects(none.begun(signal), {
      code: 'UNAVAILABLE',
      reason: 'LOG_UNAVAILABLE',
      message: /stream TESTS cannot be followed now \(waiting for stream TESTS: it does not exist yet\)/,
    });
    await none.close();
  });
});
