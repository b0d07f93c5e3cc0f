import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type TestNats, testNats } from '../../cli/servers/testing.ts';
import { connectLog, type LogConnection, SessionEnded } from './connection.ts';
import { logger } from './logFixture.testing.ts';

describe('the connection to NATS', function () {
  this.timeout(120_000);
  let nats: TestNats;
  let connection: LogConnection | undefined;

  beforeEach(async () => {
    nats = await testNats();
  });
  afterEach(async () => {
    await connection?.close();
    await nats.stop();
  });
  const connect = async (signal = AbortSignal.timeout(50_000)) => {
    connection = await connectLog({ url: nats.url, name: 'test', logger, signal });
    return connection;
  };

  it('is tried until there is a server', async () => {
    await nats.kill();
    const connecting = connect();
    await sleep(200);
    await nats.restart();
    assert.equal((await connecting).maxPayloadBytes(), 1024 * 1024);
  });

  it('is given up when the signal comes', async () => {
    await nats.kill();
    await assert.rejects(connect(AbortSignal.timeout(300)), { name: 'TimeoutError' });
  });

  it('fails what was under way as soon as it breaks, and comes back as another session', async () => {
    const { nats: client, request, session, whenConnected, onSession } = await connect();
    client.subscribe('silence', { callback: () => undefined });
    const first = session();
    let sessions = 0;
    onSession(() => sessions++);
    const asked = assert.rejects(request('silence', '', { timeoutMs: 20_000 }), SessionEnded);
    await sleep(100);
    await nats.kill();
    await asked;
    assert.equal(first.aborted, true);
    await assert.rejects(request('silence', '', { timeoutMs: 20_000 }), SessionEnded);
    await whenConnected(AbortSignal.timeout(100));
    assert.equal(session().aborted, true);
    await nats.restart();
    await whenConnected(AbortSignal.timeout(50_000));
    assert.equal(session().aborted, false);
    assert.notEqual(session(), first);
    assert.equal(sessions, 1);
  });

  it('is given up when its node falls silent under load, and goes over to another', async () => {
    const other = await testNats();
    try {
      const signal = AbortSignal.timeout(50_000);
      const url = `${nats.url},${other.url}`;
      connection = await connectLog({ url, name: 'test', logger, signal, pingIntervalMs: 200 });
      const { nats: client, request, roundTrip, session, whenConnected, onSession } = connection;
      const [silent] = [nats, other].filter((node) => node.url.endsWith(`/${client.getServer()}`));
      assert.ok(silent);
      const first = session();
      let sessions = 0;
      onSession(() => sessions++);
      silent.pause();
      // More than the buffers of both sides hold.
      for (let n = 0; n < 64; n++) client.publish('load', new Uint8Array(900_000));
      await assert.rejects(request('load', '', { timeoutMs: 5_000 }), SessionEnded);
      assert.equal(first.aborted, true);
      await whenConnected(AbortSignal.timeout(15_000));
      assert.equal(session().aborted, false);
      await roundTrip();
      assert.ok(!silent.url.endsWith(`/${client.getServer()}`));
      assert.equal(sessions, 1);
    } finally {
      nats.resume();
      other.resume();
      await connection?.close();
      await other.stop();
    }
  });
});
