import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { after, before, describe, it } from 'mocha';
import { pino } from 'pino';
import { ownFolder } from '../../cli/servers/testing.ts';
import { type TestAuthority, testAuthority } from '../../platform/tls/certificates.testing.ts';
import { openIdentity } from '../../platform/tls/certificates.ts';
import { httpsIdentity, httpsServerFactory } from './https.ts';

const logger = pino({ level: 'silent' });

describe('HTTPS of the gateway', function () {
  this.timeout(60_000);
  let authority: TestAuthority;
  let folder: string;
  before(() => {
    folder = ownFolder('https');
    authority = testAuthority(folder);
  });

  it('shows a renewed certificate to new connections, without a restart', async () => {
    const files = authority.issue('http');
    const identity = openIdentity('FILES', files, logger, 20);
    const server = httpsServerFactory(identity)((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const serialSeen = () =>
      new Promise<string>((resolve, reject) => {
        const options = { host: 'localhost', port, ca: readFileSync(authority.ca), agent: false as const };
        request(options, (response) => {
          resolve((response.socket as TLSSocket).getPeerCertificate().serialNumber);
          response.resume();
        })
          .on('error', reject)
          .end();
      });
    const first = await serialSeen();
    authority.issue('http');
    while ((await serialSeen()) === first);
    identity.close();
  });

  it('is refused where it is set by half, or with a key of another certificate', () => {
    const [one, other] = [authority.issue('one'), authority.issue('other')];
    const settings = (cert: string | undefined, key: string | undefined) => ({
      ORDERLOG_HTTP_CERT_FILE: cert,
      ORDERLOG_HTTP_KEY_FILE: key,
    });
    assert.equal(httpsIdentity(settings(undefined, undefined), logger), undefined);
    assert.throws(
      () => httpsIdentity(settings(one.cert, undefined), logger),
      /ORDERLOG_HTTP_KEY_FILE is not set/,
    );
    assert.throws(
      () => httpsIdentity(settings(one.cert, other.key), logger),
      /other.key is not the key of .*one.crt/,
    );
    assert.throws(() => httpsIdentity(settings(`${folder}/none`, one.key), logger), /ENOENT/);
    const old = authority.issue('old', { expired: true });
    assert.throws(() => httpsIdentity(settings(old.cert, old.key), logger), /old.crt expired on 20/);
  });
});
