import assert from 'node:assert/strict';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { after, before, describe, it } from 'mocha';
import { natsServers } from '../../platform/log/natsServers.ts';
import { startNats } from './nats.ts';
import { natsUsers, OPERATOR } from './natsUsers.ts';
import { freePort } from './ports.ts';
import { ownFolder } from './testing.ts';
import type { RunningServer } from './types.ts';
import { urlAs } from './urlAs.ts';

const passwords = Object.fromEntries(natsUsers.map(({ name }) => [name, `secret-of-${name}`]));
const OWN: Readonly<Record<string, string>> = { order: 'ORDERS', catalog: 'CATALOG', payment: 'PAYMENTS' };

describe('the users of NATS', function () {
  this.timeout(120_000);
  let server: RunningServer;
  const open = new Map<string, NatsConnection>();
  const violations = new Map<string, string[]>();

  before(async () => {
    const dataDir = ownFolder('nats-users');
    const options = { dataDir, port: await freePort(), logFile: `${dataDir}/log`, env: withoutUrl() };
    server = await startNats({ ...options, passwords });
    for (const { name } of natsUsers) open.set(name, await connectAs(name));
    const operator = await jetstreamManager(open.get(OPERATOR) as NatsConnection);
    for (const [prefix, name] of Object.entries({
      orders: 'ORDERS',
      catalog: 'CATALOG',
      payments: 'PAYMENTS',
    })) {
      await operator.streams.add({ name, subjects: [`${prefix}.>`], allow_direct: true });
    }
  });
  after(async () => {
    for (const connection of open.values()) await connection.close();
    await server.stop(5_000);
  });

  const withoutUrl = (): NodeJS.ProcessEnv => {
    const { ORDERLOG_NATS_URL: _, ...env } = process.env;
    return env;
  };
  async function connectAs(user: string): Promise<NatsConnection> {
    const url = urlAs(server.url, user, passwords);
    const connection = await connect({ ...natsServers(url), reconnect: false });
    const told: string[] = [];
    violations.set(user, told);
    void (async () => {
      for await (const status of connection.status())
        if (status.type === 'error') told.push(status.error.message);
    })();
    return connection;
  }
  /** What the server refuses of it: it says so before it answers the ping behind it. */
  async function refused(
    user: string,
    act: (connection: NatsConnection) => void,
  ): Promise<readonly string[]> {
    const connection = open.get(user) as NatsConnection;
    violations.get(user)?.splice(0);
    act(connection);
    await connection.flush();
    await new Promise(setImmediate);
    return [...(violations.get(user) ?? [])];
  }
  const mayPublish = async (user: string, subject: string): Promise<boolean> =>
    (await refused(user, (connection) => connection.publish(subject, '{}'))).length === 0;
  const mayHear = async (user: string, subject: string): Promise<boolean> =>
    (await refused(user, (connection) => void connection.subscribe(subject, { max: 1 }))).length === 0;

  it('are nobody without their password', async () => {
    const anonymous = server.url.replace(/\/\/.*@/, '//');
    await assert.rejects(connect({ ...natsServers(anonymous), reconnect: false }), /authorization/i);
    const wrong = urlAs(server.url, 'order', { order: 'guessed' });
    await assert.rejects(connect({ ...natsServers(wrong), reconnect: false }), /authorization/i);
  });

  it('publish events into their own stream only, and only a service does', async () => {
    const subjects = { ORDERS: 'orders.0.0.X', CATALOG: 'catalog.0.0.X', PAYMENTS: 'payments.0.0.X' };
    for (const { name, permissions } of natsUsers) {
      for (const [stream, subject] of Object.entries(subjects)) {
        const expected = !permissions || OWN[name] === stream;
        assert.equal(await mayPublish(name, subject), expected, `${name} into ${stream}`);
        const watermark = `$KV.orderlog_watermarks.${stream}`;
        assert.equal(await mayPublish(name, watermark), expected, `${name}: watermark of ${stream}`);
      }
    }
  });

  it('neither change nor remove a stream or a message in it, nor read what they do not need', async () => {
    const calls = ['STREAM.DELETE', 'STREAM.PURGE', 'STREAM.UPDATE', 'STREAM.MSG.DELETE', 'STREAM.SNAPSHOT'];
    const others = ['STREAM.CREATE.FOREIGN', 'STREAM.NAMES', 'INFO', 'CONSUMER.DURABLE.CREATE.ORDERS.X'];
    for (const { name } of natsUsers.filter(({ permissions }) => permissions)) {
      const all = Object.values(OWN).flatMap((stream) => calls.map((call) => `${call}.${stream}`));
      for (const call of [...all, ...others]) {
        assert.equal(await mayPublish(name, `$JS.API.${call}`), false, `${name}: ${call}`);
      }
      assert.equal(await mayPublish(name, '$SYS.REQ.SERVER.PING'), false);
    }
    const reads = (user: string, stream: string) => mayPublish(user, `$JS.API.CONSUMER.CREATE.${stream}`);
    for (const stream of Object.values(OWN)) assert.equal(await reads('gateway', stream), true, stream);
    assert.equal(await reads('projector', 'ORDERS'), true);
    assert.equal(await reads('projector', 'PAYMENTS'), false);
    assert.equal(await reads('catalog', 'PAYMENTS'), false);
  });

  it('read the watermarks of the streams that they read, and of no other', async () => {
    const bucket = 'orderlog_watermarks';
    const reads = (user: string, stream: string) =>
      mayPublish(user, `$JS.API.DIRECT.GET.KV_${bucket}.$KV.${bucket}.${stream}`);
    const readable = async (user: string) => {
      const found: string[] = [];
      for (const stream of Object.values(OWN)) if (await reads(user, stream)) found.push(stream);
      return found;
    };
    assert.deepEqual(await readable('order'), ['CATALOG', 'PAYMENTS']);
    assert.deepEqual(await readable('catalog'), ['ORDERS']);
    assert.deepEqual(await readable('payment'), ['ORDERS', 'CATALOG']);
    assert.deepEqual(await readable('projector'), []);
    assert.deepEqual(await readable('gateway'), []);
  });

  it('hear their own answers and nudges only', async () => {
    for (const { name } of natsUsers.filter(({ permissions }) => permissions)) {
      assert.equal(await mayHear(name, `_INBOX_${name}.x.y`), true, name);
      for (const subject of [
        '_INBOX.>',
        '_INBOX_operator.>',
        '>',
        'orders.>',
        '$KV.>',
        '$JS.API.>',
        'orderlog.nudge.*',
      ]) {
        assert.equal(await mayHear(name, subject), false, `${name}: ${subject}`);
      }
      for (const service of Object.keys(OWN)) {
        assert.equal(await mayHear(name, `orderlog.nudge.${service}`), name === service);
        assert.equal(await mayPublish(name, `orderlog.nudge.${service}`), name === service);
      }
      assert.equal(await mayHear(name, 'orderlog.projected.orders'), name === 'gateway');
      assert.equal(await mayPublish(name, 'orderlog.projected.orders'), name === 'projector');
    }
  });
});
