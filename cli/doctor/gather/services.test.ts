import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'mocha';
import { pino } from 'pino';
import { type TestAuthority, testAuthority } from '../../../platform/tls/certificates.testing.ts';
import { openCertificates } from '../../../platform/tls/certificates.ts';
import { ownFolder } from '../../servers/testing.ts';
import { gatewayFacts } from './services.ts';

describe('the readiness of a gateway that speaks HTTPS', function () {
  this.timeout(60_000);
  let authority: TestAuthority;
  let server: Server;
  let address: string;
  const { signal } = new AbortController();
  const certificatesOf = ({ cert, key, ca }: ReturnType<TestAuthority['issue']>) =>
    openCertificates(
      { ORDERLOG_TLS_CERT_FILE: cert, ORDERLOG_TLS_KEY_FILE: key, ORDERLOG_TLS_CA_FILE: ca },
      pino({ level: 'silent' }),
    );

  before(async () => {
    authority = testAuthority(ownFolder('doctor'));
    const { cert, key } = authority.issue('gateway');
    const parts = { log: { ready: false, detail: 'is not reached' }, order: { ready: true } };
    server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_request, response) =>
      response.writeHead(503).end(JSON.stringify({ ready: false, parts })),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });

  it('is heard with a certificate of the same CA', async () => {
    const facts = await gatewayFacts(address, signal, certificatesOf(authority.issue('operator')));
    assert.deepEqual(facts, { ready: false, detail: 'log: is not reached' });
  });

  it('is not taken from somebody else', async () => {
    const foreign = testAuthority(ownFolder('doctor-foreign'), 'foreign').issue('operator');
    await assert.rejects(gatewayFacts(address, signal, certificatesOf(foreign)), /certificate/);
  });
});
