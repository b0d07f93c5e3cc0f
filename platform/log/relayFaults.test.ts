import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { freshDatabase, type TestNats, testNats } from '../../cli/servers/testing.ts';
import { transact } from '../database.ts';
import { isAck, proxyTo, type TcpProxy } from '../tcpProxy.testing.ts';
import {
  audit,
  insertEvents,
  lampEvents,
  outboxDepth,
  readAll,
  SPEC,
  type TestLog,
  testLog,
  until,
} from './logFixture.testing.ts';
import { type RelayProcess, spawnRelay } from './relayProcess.testing.ts';
import { type Replica, startReplica } from './replica.testing.ts';

const MAX_BACKLOG = 20_000;

describe('the relay, when things go wrong', function () {
  this.timeout(120_000);
  let nats: TestNats;
  let log: TestLog;
  let proxy: TcpProxy;
  const processes: RelayProcess[] = [];
  const replicas: Replica[] = [];

  beforeEach(async () => {
    nats = await testNats();
    log = await testLog(await freshDatabase(), nats.url);
    proxy = await proxyTo(Number(new URL(nats.url).port));
  });
  afterEach(async () => {
    for (const process of processes.splice(0)) await process.kill();
    for (const replica of replicas.splice(0)) await replica.close();
    await proxy.close();
    await log.close();
    await nats.stop();
  });
  const insert = (events: [string, number][]) => transact(log.db, (tx) => insertEvents(tx, events));
  const throughProxy = () => `nats://127.0.0.1:${proxy.port}`;
  const startProcess = (holder: string, natsUrl: string, databaseUrl = log.databaseUrl) => {
    const process = spawnRelay(holder, databaseUrl, natsUrl);
    processes.push(process);
    return process;
  };
  const start = async (holder: string, natsUrl: string) => {
    const replica = await startReplica(holder, log.databaseUrl, natsUrl);
    replicas.push(replica);
    return replica;
  };
  const leader = async () => {
    const { rows } = await sql<{ holder: string }>`
      select holder from leases where name = 'relay' and expires_at > clock_timestamp()`.execute(log.db);
    return rows[0]?.holder;
  };
  /** Holds the next acknowledgement back; resolves when it has come as far as the proxy. */
  const holdNextAck = () => {
    let seen = false;
    proxy.onReply = (bytes) => {
      if (!isAck(SPEC.name, bytes)) return 'pass';
      seen = true;
      return 'hold';
    };
    return () => until('the acknowledgement is held', () => seen);
  };

  it('is fenced when it was stopped between an acknowledgement and its delete', async () => {
    const first = startProcess('first', throughProxy());
    await until('the first one leads', async () => (await leader()) === 'first');
    const held = holdNextAck();
    await insert(lampEvents(9, 700));
    await held();
    first.signal('SIGSTOP');
    const second = startProcess('second', nats.url);
    await until('the second one leads', async () => (await leader()) === 'second');
    await insert(lampEvents(9, 300, 2_000, 'later').map(([lamp, version]) => [lamp, version - 1_999]));
    await audit(log);
    proxy.onReply = () => 'pass';
    proxy.release();
    first.signal('SIGCONT');
    await sleep(500);
    await insert(lampEvents(5, 20, 1, 'after'));
    await audit(log);
    await second.kill();
    await insert(lampEvents(5, 20, 1, 'last'));
    await audit(log);
    assert.equal(await leader(), 'first');
  });

  for (const [what, count] of [
    ['batch', 700],
    ['single event', 1],
  ] as const) {
    it(`finds a ${what} in the log whose acknowledgement was lost`, async () => {
      const { relay, gate } = await start('a', throughProxy());
      await until('it leads', () => relay.status().leader);
      let cuts = 0;
      proxy.onReply = (bytes) => (cuts === 0 && isAck(SPEC.name, bytes) && ++cuts ? 'cut' : 'pass');
      await insert(lampEvents(9, count));
      relay.nudge();
      await audit(log);
      assert.equal(cuts, 1);
      await until('the gate is open again', () => gate.isOpen());
    });
  }

  it('finds in the log what another published before it was killed', async () => {
    const first = startProcess('first', throughProxy());
    await until('the first one leads', async () => (await leader()) === 'first');
    const held = holdNextAck();
    await insert(lampEvents(9, 700));
    await held();
    await first.kill();
    assert.equal(await outboxDepth(log.db), 700);
    assert.equal((await readAll(log)).length, 700);
    startProcess('second', nats.url);
    await audit(log);
  });

  it('does not record what another leader recorded while its statement was on its way', async () => {
    const { hostname, port } = new URL(log.databaseUrl);
    assert.equal(hostname, '127.0.0.1');
    const toDatabase = await proxyTo(Number(port));
    const url = new URL(log.databaseUrl);
    url.port = String(toDatabase.port);
    const first = startProcess('first', nats.url, url.href);
    await until('the first one leads', async () => (await leader()) === 'first');
    let seen = false;
    toDatabase.onRequest = (bytes) => {
      if (!bytes.includes('with moved as')) return 'pass';
      seen = true;
      return 'hold';
    };
    await insert(lampEvents(9, 400));
    await until('the record is on its way', () => seen);
    first.signal('SIGSTOP');
    startProcess('second', nats.url);
    await until('the second one leads', async () => (await leader()) === 'second');
    await insert(lampEvents(9, 40, 1, 'later'));
    await audit(log);
    toDatabase.onRequest = () => 'pass';
    toDatabase.release();
    await sleep(300);
    first.signal('SIGCONT');
    await sleep(300);
    await insert(lampEvents(9, 40, 1, 'last'));
    await audit(log);
    await toDatabase.close();
  });

  it('goes on through kills of the server under load', async () => {
    const { relay, gate, log: own } = await start('a', nats.url);
    await start('b', nats.url);
    const isConnected = () => !own.connection.session().aborted;
    let over = false;
    const load = (async () => {
      for (let round = 1; !over; await sleep(5)) {
        // As a service would: where the server is long in coming back, a backlog of all that time would not fit into memory.
        if ((await outboxDepth(log.db)) > MAX_BACKLOG) continue;
        await insert(lampEvents(30, 90, 3 * round++ - 2));
        relay.nudge();
      }
    })();
    for (let kills = 0; kills < 4; kills++) {
      await sleep(400);
      await until('it publishes again', () => isConnected() && gate.isOpen());
      await nats.kill();
      await until('it notices', () => !isConnected());
      await sleep(100);
      assert.equal(gate.isOpen(), true, 'commands are accepted meanwhile');
      await nats.restart();
    }
    await sleep(300);
    over = true;
    await load;
    const messages = await audit(log);
    assert.ok(messages.length > 500, `${messages.length} messages`);
  });

  it('gives up a publish that is not answered, and finds what became of it', async () => {
    const { relay } = await start('a', nats.url);
    await until('it leads', () => relay.status().leader);
    nats.pause();
    await insert(lampEvents(9, 200));
    relay.nudge();
    await until('it complains', () => relay.status().error !== undefined);
    nats.resume();
    await audit(log);
  });
});
