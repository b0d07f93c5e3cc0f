import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { pino } from 'pino';
import { freshDatabase, type TestNats, testNats } from '../../cli/servers/testing.ts';
import { callApi } from './api.ts';
import { SERVICE, SPEC, type TestLog, testLog } from './logFixture.testing.ts';
import { ownStream } from './ownStream.ts';
import { type StreamInfo, streamIdentity } from './stream.ts';
import { raiseMaxBytes, watchStreamRoom } from './streamRoom.ts';

const MIB = 1024 ** 2;

describe('the room in a stream', function () {
  this.timeout(120_000);

  describe('is told of', () => {
    const warnings: string[] = [];
    const write = (line: string) => void warnings.push(JSON.parse(line).msg);
    const logger = pino({ level: 'warn' }, { write });
    beforeEach(() => warnings.splice(0));

    it('once, where the bound is below the setting, and again when that changes', () => {
      const room = watchStreamRoom(SERVICE, SPEC, logger);
      assert.equal(room.last(), undefined);
      room.note({ bytes: 0, maxBytes: SPEC.maxBytes });
      assert.deepEqual(warnings, []);
      for (const bytes of [1, 2]) room.note({ bytes, maxBytes: SPEC.maxBytes / 2 });
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', /LAMPS .*ORDERLOG_STREAM_MAX_BYTES: `orderlog stream grow lamp`/);
      assert.deepEqual(room.last(), { bytes: 2, maxBytes: SPEC.maxBytes / 2 });
      room.note({ bytes: 2, maxBytes: SPEC.maxBytes / 4 });
      room.note({ bytes: 2, maxBytes: SPEC.maxBytes * 2 });
      assert.equal(warnings.length, 2);
    });

    it('while it fills, and no more once there is room', () => {
      const room = watchStreamRoom(SERVICE, SPEC, logger);
      for (const bytes of [79, 80, 99, 100]) room.note({ bytes: bytes * MIB, maxBytes: 100 * MIB });
      room.note({ bytes: 100 * MIB, maxBytes: 400 * MIB });
      // The first is of the bound, which is below that of the setting.
      assert.equal(warnings.length, 2);
      assert.match(warnings[1] ?? '', /LAMPS is nearly full.*`orderlog stream grow lamp`/);
    });
  });

  describe('on a server', () => {
    let nats: TestNats;
    let log: TestLog;
    before(async () => {
      nats = await testNats();
    });
    after(() => nats.stop());
    beforeEach(async () => {
      log = await testLog(await freshDatabase(), nats.url);
      await ownStream(log);
    });
    afterEach(async () => {
      await callApi(log.connection, `STREAM.DELETE.${SPEC.name}`, {});
      await log.close();
    });
    const configOf = async () => {
      const { config } = await callApi<StreamInfo>(log.connection, `STREAM.INFO.${SPEC.name}`, {});
      return config;
    };

    it('is what everybody who looks at it hears', async () => {
      const room = watchStreamRoom(SERVICE, SPEC, pino({ level: 'silent' }));
      await log.connection.request('lamps.0.0.LampLit', 'x'.repeat(10_000), { timeoutMs: 5_000 });
      await ownStream({ ...log, onStream: room.note });
      const { bytes = 0, maxBytes } = room.last() ?? {};
      assert.ok(bytes > 10_000 && bytes < 20_000, String(bytes));
      assert.equal(maxBytes, SPEC.maxBytes);
    });

    it('grows to what is asked for, and nothing else of the stream changes', async () => {
      const [before, identity] = [await configOf(), await streamIdentity(log.connection, SPEC)];
      assert.equal(await raiseMaxBytes(log.connection, SPEC.name, 2 * SPEC.maxBytes), SPEC.maxBytes);
      assert.deepEqual(await configOf(), { ...before, max_bytes: 2 * SPEC.maxBytes });
      const grown = await streamIdentity(log.connection, SPEC);
      assert.deepEqual(grown, { ...identity, maxBytes: 2 * SPEC.maxBytes });
      // The database knows it still.
      await ownStream(log);
    });

    it('is never taken away', async () => {
      const before = await configOf();
      assert.equal(await raiseMaxBytes(log.connection, SPEC.name, MIB), SPEC.maxBytes);
      assert.equal(await raiseMaxBytes(log.connection, SPEC.name, SPEC.maxBytes), SPEC.maxBytes);
      assert.deepEqual(await configOf(), before);
      assert.equal(await raiseMaxBytes(log.connection, 'NONE', MIB), undefined);
    });
  });
});
