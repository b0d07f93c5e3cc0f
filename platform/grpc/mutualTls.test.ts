import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { after, afterEach, before, describe, it } from 'mocha';
import { pino } from 'pino';
import { ownFolder } from '../../cli/servers/testing.ts';
import { OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { type TestAuthority, testAuthority } from '../tls/certificates.testing.ts';
import { type Certificates, type Files, type Material, openCertificates } from '../tls/certificates.ts';
import { createClient } from './client.ts';
import { holdingCalls, type OpsClient, startTestServer, type TestServer } from './server.testing.ts';

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

  it('are not begun where the server has begun to stop before the handshake was over', async () => {
    const { handlers: holding, hasBegun, letGo } = holdingCalls();
    const tls = { certificates: open(ours.issue('stopping')), requiresClientCertificate: true };
    const stopping = await startTestServer(holding, { tls });
    const late = connectTcp(Number(portOf(stopping)), '127.0.0.1');
    await once(late, 'connect');
    // Connections are accepted in their order.
    const client = createClient(OpsServiceService, `localhost:${portOf(stopping)}`, {
      certificates: open(ours.issue('client')),
    });
    const held = client.getConsumerStatus({});
    await hasBegun(1);
    const drained = stopping.server.drain(60_000);
    await setImmediate();
    const secured = () =>
      connectTls({
        socket: late,
        servername: 'localhost',
        ALPNProtocols: ['h2'],
        ...connectionWith(ours.issue('late-client')).current(),
      });
    const session = connectHttp2('https://localhost', { createConnection: secured });
    await once(session, 'goaway');
    letGo();
    await Promise.all([held, drained]);
    client.close();
    await stopping.stop();
  });

  it('takes new certificates, and a new CA beside the old one and then alone, without a call that fails', async () => {
    const bundle = join(folder, 'bundle.crt');
    const trust = (...authorities: readonly TestAuthority[]) => {
      writeFileSync(`${bundle}.new`, Buffer.concat(authorities.map(({ ca }) => readFileSync(ca))));
      renameSync(`${bundle}.new`, bundle);
    };
    const both = ['rolled', 'rolled-client'] as const;
    trust(ours);
    const [offered, shown] = both.map((name) => open({ ...ours.issue(name), ca: bundle }));
    const rolled = await startTestServer(handlers, {
      tls: { certificates: offered as Certificates, requiresClientCertificate: true },
    });
    const stopped = new AbortController();
    let calls = 0;
    const traffic = Promise.all(
      [1, 2, 3].map(async () => {
        while (!stopped.signal.aborted) {
          // A connection a call: each makes a handshake with what there is now.
          const client = createClient(OpsServiceService, `localhost:${portOf(rolled)}`, {
            certificates: shown,
          });
          await client.getConsumerStatus({}).finally(() => client.close());
          calls += 1;
        }
      }),
    );
    /** Until both have taken what `renew` writes, and calls went on with it. */
    const rolledOut = async (renew: () => void) => {
      const taken = [offered, shown].map((each) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        each?.onChange(() => resolve());
        return promise;
      });
      renew();
      await Promise.race([Promise.all(taken), traffic]);
      const until = calls + 20;
      while (calls < until) await Promise.race([sleep(10), traffic]);
    };
    const issue = (authority: TestAuthority) => both.forEach((name) => void authority.issue(name));
    try {
      await rolledOut(() => issue(ours));
      await rolledOut(() => trust(ours, theirs));
      await rolledOut(() => issue(theirs));
      await rolledOut(() => trust(theirs));
      const outdated = createClient(OpsServiceService, `localhost:${portOf(rolled)}`, {
        certificates: connectionWith({ ...ours.issue('outdated'), ca: bundle }),
      });
      await refused(outdated);
      outdated.close();
    } finally {
      stopped.abort();
      await traffic.finally(() => rolled.stop());
    }
  });
});
