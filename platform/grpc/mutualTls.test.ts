import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, describe, it } from 'mocha';
import { pino } from 'pino';
import { ownFolder } from '../../cli/servers/testing.ts';
import { OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { type TestAuthority, testAuthority } from '../tls/certificates.testing.ts';
import { type Certificates, type Files, type Material, openCertificates } from '../tls/certificates.ts';
import { createClient } from './client.ts';
import { type OpsClient, startTestServer, type TestServer } from './server.testing.ts';

const REFRESH_MS = 20;
const handlers = { getConsumerStatus: async () => ({ ranges: [] }) };

describe('gRPC with certificates on both sides', function () {
  this.timeout(60_000);
  let folder: string;
  let ours: TestAuthority;
  let theirs: TestAuthority;
  let server: TestServer;
  let clients: OpsClient[] = [];
  const opened: Certificates[] = [];

  const open = ({ cert, key, ca }: Files): Certificates => {
    const config = { ORDERLOG_TLS_CERT_FILE: cert, ORDERLOG_TLS_KEY_FILE: key, ORDERLOG_TLS_CA_FILE: ca };
    const certificates = openCertificates(config, pino({ level: 'silent' }), REFRESH_MS);
    assert.ok(certificates);
    opened.push(certificates);
    return certificates;
  };
  const clientWith = (certificates: Certificates | undefined, host = 'localhost'): OpsClient => {
    const client = createClient(OpsServiceService, `${host}:${portOf(server)}`, {
      certificates: certificates,
    });
    clients.push(client);
    return client;
  };
  const portOf = ({ address }: TestServer) => address.split(':')[1] ?? '';
  const start = (files: Files) =>
    startTestServer(handlers, { tls: { certificates: open(files), requiresClientCertificate: true } });
  /** As a process that looks at nothing before it connects. */
  const connectionWith = ({ cert, key, ca }: Partial<Files>): Certificates => {
    const read = (file: string | undefined) => (file ? readFileSync(file) : undefined);
    const material = { cert: read(cert), key: read(key), ca: read(ca) } as unknown as Material;
    const files = { cert: '', key: '', ca: '' };
    return { files, current: () => material, onChange: () => () => undefined, close: () => undefined };
  };
  /** Refusals are logged a second apart: until this one is. */
  const untilLogged = async (reason: RegExp, call: () => Promise<unknown>) => {
    const isLogged = () =>
      server.lines.some(({ msg, reason: why }) => /TLS failed/.test(String(msg)) && reason.test(String(why)));
    while (!isLogged()) {
      await call();
      await sleep(50);
    }
  };
  const refused = async (client: OpsClient): Promise<string> => {
    let told = '';
    await assert.rejects(client.getConsumerStatus({}), (error: Error & { code?: string }) => {
      told = error.message;
      return error.code === 'UNAVAILABLE';
    });
    return told;
  };

  before(async () => {
    folder = ownFolder('mtls');
    ours = testAuthority(folder);
    theirs = testAuthority(folder, 'other-ca');
    server = await start(ours.issue('server'));
  });
  afterEach(() => {
    for (const client of clients) client.close();
    clients = [];
  });
  after(async () => {
    for (const each of opened) each.close();
    await server.stop();
  });

  it('are answered', async () => {
    assert.deepEqual(await clientWith(open(ours.issue('client'))).getConsumerStatus({}), { ranges: [] });
  });

  it('are refused in the clear, without a certificate, with an expired one and with that of another CA; the log says why', async () => {
    const client = ours.issue('client');
    const none = connectionWith({ ca: client.ca });
    const refusedFor = [
      { offered: undefined, reason: /http request|wrong version number/ },
      { offered: none, reason: /did not return a certificate/ },
      { offered: connectionWith(ours.issue('old', { expired: true })), reason: /CERT_HAS_EXPIRED/ },
      { offered: connectionWith({ ...theirs.issue('other'), ca: ours.ca }), reason: /UNABLE_TO_VERIFY_LEAF/ },
    ];
    for (const { offered, reason } of refusedFor) {
      const stranger = clientWith(offered);
      await untilLogged(reason, () => refused(stranger));
      stranger.close();
    }
  });

  it('go to nobody whose certificate is of another CA, expired, or of another name; the error says why', async () => {
    const client = ours.issue('client');
    const wrong = /unable to verify|unable to get|self-signed/;
    assert.match(await refused(clientWith(connectionWith({ ...client, ca: theirs.ca }))), wrong);
    const impostors = [
      { files: ours.issue('named', { names: 'DNS:orderlog-order' }), why: /altnames.*orderlog-order/ },
      { files: ours.issue('late', { expired: true }), why: /certificate has expired/ },
    ];
    for (const { files, why } of impostors) {
      const tls = { certificates: connectionWith(files), requiresClientCertificate: true };
      const impostor = await startTestServer(handlers, { tls });
      const caller = createClient(OpsServiceService, `localhost:${portOf(impostor)}`, {
        certificates: connectionWith(client),
      });
      assert.match(await refused(caller), why);
      caller.close();
      await impostor.stop();
    }
  });

  it('takes new certificates, and a new CA, without a call that fails', async () => {
    const files = { server: ours.issue('rolled'), client: ours.issue('rolled-client') };
    const rolled = await start(files.server);
    const first = server;
    server = rolled;
    const certificates = open(files.client);
    let calls = 0;
    let isOver = false;
    const traffic = Promise.all(
      [1, 2, 3].map(async () => {
        while (!isOver) {
          // A connection a call: each makes a handshake with what there is now.
          const client = createClient(OpsServiceService, `localhost:${portOf(server)}`, { certificates });
          await client.getConsumerStatus({}).finally(() => client.close());
          calls += 1;
        }
      }),
    );
    try {
      for (let turn = 0; turn < 3; turn++) {
        ours.issue('rolled');
        ours.issue('rolled-client');
        const until = calls + 20;
        while (calls < until) await Promise.race([sleep(10), traffic]);
      }
    } finally {
      isOver = true;
      await traffic;
      server = first;
      await rolled.stop();
    }
  });
});
