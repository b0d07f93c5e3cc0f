import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { connect as secure, type TLSSocket } from 'node:tls';
import { connect } from '@nats-io/transport-node';
import { after, before, describe, it } from 'mocha';
import { findNats } from '../cli/servers/natsBinary.ts';
import { natsUsers, passwordVariable } from '../cli/servers/natsUsers.ts';
import { freePorts } from '../cli/servers/ports.ts';
import { launch, type ServerProcess } from '../cli/servers/serverProcess.ts';
import { ownFolder } from '../cli/servers/testing.ts';
import { eventually } from '../platform/consume/testbed.testing.ts';
import { type NatsTls, natsServers } from '../platform/log/natsServers.ts';
import { type TestAuthority, testAuthority } from '../platform/tls/certificates.testing.ts';
import type { Files } from '../platform/tls/certificates.ts';
import { manifestsOf } from './manifests.ts';

const { env } = process;
const PASSWORD = 'letters1';
const MANY_TIMES_SLOWER_MS = 120_000;

describe('NATS as it is deployed, with certificates', function () {
  this.timeout(600_000);
  let folder: string;
  let authority: TestAuthority;
  let gateway: Files;
  let port: number;
  let variables: NodeJS.ProcessEnv;
  const running: ServerProcess[] = [];

  const run = async (name: string, command: string, args: readonly string[]) => {
    const own = join(folder, `run-${name}`);
    mkdirSync(own);
    const more = {
      user: undefined,
      folder: own,
      logFile: join(own, 'log'),
      stopSignals: ['SIGTERM'] as const,
    };
    running.push(await launch({ name, command, args, env: variables, ...more }));
  };
  const talk = async (tls: NatsTls): Promise<string | undefined> => {
    const servers = natsServers(`tls://gateway:${PASSWORD}@localhost:${port}`, tls);
    const connection = await connect({ ...servers, reconnect: false, timeout: MANY_TIMES_SLOWER_MS });
    const name = connection.info?.server_name;
    await connection.flush();
    await connection.close();
    return name;
  };
  const filesOf = ({ cert: certFile, key: keyFile, ca: caFile }: Files) => ({ certFile, keyFile, caFile });
  /** Of the certificate that it shows; TLS begins behind a line of the server's. */
  const shownSerial = async (): Promise<string> => {
    const socket = dial(port, 'localhost');
    let secured: TLSSocket | undefined;
    try {
      await once(socket, 'data');
      secured = secure({ socket, servername: 'localhost', rejectUnauthorized: false });
      await once(secured, 'secureConnect');
      return secured.getPeerCertificate().serialNumber;
    } finally {
      secured?.destroy();
      socket.destroy();
    }
  };

  before(async () => {
    folder = ownFolder('nats-tls');
    authority = testAuthority(folder);
    gateway = authority.issue('gateway');
    authority.issue('tls');
    port = await freePorts(3);
    const config = (await manifestsOf('production', env)).find(
      ({ kind, metadata }) => kind === 'ConfigMap' && /^orderlog-nats-\w{10}$/.test(metadata.name),
    );
    for (const [name, deployed] of Object.entries(config?.data ?? {})) {
      const here = deployed
        .replaceAll('/etc/nats-tls', folder)
        .replaceAll('/var/run/nats', folder)
        .replace('store_dir: /data', `store_dir: ${JSON.stringify(join(folder, 'data'))}`)
        .replace('0.0.0.0:4222', `127.0.0.1:${port}`)
        .replace('0.0.0.0:8222', `127.0.0.1:${port + 1}`)
        .replace('0.0.0.0:6222', `127.0.0.1:${port + 2}`)
        .replace('sleep 10', 'sleep 1');
      writeFileSync(join(folder, name), here);
    }
    const { command } = await findNats({ env });
    variables = {
      PATH: [dirname(command), env.PATH].join(delimiter),
      POD_NAME: 'orderlog-nats-0',
      ...Object.fromEntries(natsUsers.map(({ name }) => [passwordVariable(name), PASSWORD])),
    };
    await run('server', command, ['--config', join(folder, 'nats.conf')]);
    await eventually(async () => void (await shownSerial()), MANY_TIMES_SLOWER_MS);
  });
  after(() => Promise.all(running.map((each) => each.stop(0))));

  it('serves who shows a certificate of the same CA, and nobody else', async () => {
    assert.equal(await talk(filesOf(gateway)), 'orderlog-nats-0');
    await assert.rejects(talk({ caFile: gateway.ca }));
    const foreign = testAuthority(folder, 'foreign').issue('stranger');
    await assert.rejects(talk({ ...filesOf(foreign), caFile: gateway.ca }));
    await assert.rejects(talk({ ...filesOf(gateway), caFile: foreign.ca }), /certificate/);
  });

  it('shows a renewed certificate without a restart', async () => {
    const before = await shownSerial();
    await run('reload', 'sh', [join(folder, 'reload.sh')]);
    // What it finds first it takes for loaded.
    await eventually(async () => {
      authority.issue('tls');
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.notEqual(await shownSerial(), before);
    }, MANY_TIMES_SLOWER_MS);
    assert.equal(await talk(filesOf(gateway)), 'orderlog-nats-0');
  });
});
