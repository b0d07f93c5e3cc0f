import assert from 'node:assert/strict';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { after, before, describe, it } from 'mocha';
import { OrderlogError } from '../../platform/errors.ts';
import { natsServers } from '../../platform/log/natsServers.ts';
import { startNats } from '../servers/nats.ts';
import { natsUsers, OPERATOR } from '../servers/natsUsers.ts';
import { freePort } from '../servers/ports.ts';
import { ownFolder } from '../servers/testing.ts';
import type { RunningServer } from '../servers/types.ts';
import { urlAs } from '../servers/urlAs.ts';
import { growStream } from './grow.ts';

const MIB = 1024 ** 2;
const TIB = 1024 ** 4;
const passwords = Object.fromEntries(natsUsers.map(({ name }) => [name, `secret-of-${name}`]));
const service = { stream: { name: 'ORDERS', subjectPrefix: 'orders' } };

describe('orderlog stream grow', function () {
  this.timeout(120_000);
  let server: RunningServer;

  before(async () => {
    const dataDir = ownFolder('grow');
    const { ORDERLOG_NATS_URL: _, ...env } = process.env;
    server = await startNats({ dataDir, port: await freePort(), logFile: `${dataDir}/log`, env, passwords });
    const nats = await connect(natsServers(urlAs(server.url, OPERATOR, passwords)));
    const manager = await jetstreamManager(nats);
    await manager.streams.add({ name: 'ORDERS', subjects: ['orders.>'], max_bytes: MIB });
    await nats.close();
  });
  after(() => server.stop(5_000));

  const growAs = (user: string, maxBytes: number, of = service) =>
    growStream(of, { maxBytes, nats: urlAs(server.url, user, passwords) }, {});
  const refusal = (reason: string, message: RegExp) => (error: unknown) =>
    error instanceof OrderlogError && error.reason === reason && message.test(error.message);

  it("is the operator's to do", async () => {
    await assert.rejects(growAs('order', 2 * MIB), refusal('NOT_OPERATOR', /--nats/));
    assert.deepEqual(await growAs(OPERATOR, 2 * MIB), { stream: 'ORDERS', before: MIB, after: 2 * MIB });
    assert.deepEqual(await growAs(OPERATOR, 2 * MIB), { stream: 'ORDERS', before: 2 * MIB, after: 2 * MIB });
  });

  it('lowers nothing, and asks for no more than there is', async () => {
    await assert.rejects(growAs(OPERATOR, 1), refusal('BOUND_HIGHER', /2097152 bytes already/));
    await assert.rejects(growAs(OPERATOR, 2 * TIB), refusal('STREAM_REFUSED', /max_file_store/));
    const none = { stream: { name: 'NONE', subjectPrefix: 'none' } };
    await assert.rejects(growAs(OPERATOR, MIB, none), refusal('STREAM_MISSING', /no stream NONE/));
  });
});
