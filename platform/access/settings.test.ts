import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { pino } from 'pino';
import { ConfigError, loadConfig } from '../config.ts';
import { followFile } from '../fileContent.ts';
import { until } from '../log/logFixture.testing.ts';
import { AUDIENCE, ISSUER, testIssuer } from './issuer.testing.ts';
import { openKeys } from './keys.ts';
import { isLoopback } from './loopback.ts';
import { SCOPES } from './rules.ts';
import { accessConfig, openAccess } from './settings.ts';
import { createVerify } from './verify.ts';

const logger = pino({ level: 'silent' });
const loadedRules = {
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ['RS256'],
  clockToleranceSeconds: 0,
  scopeClaim: 'scope',
};
const here = { host: '127.0.0.1', port: 1 };
const everywhere = { host: '0.0.0.0', port: 1 };

const open = (env: NodeJS.ProcessEnv, listen = here) =>
  openAccess(loadConfig(accessConfig, env), { ORDERLOG_GRPC_LISTEN: listen }, logger);
const problemsOf = (env: NodeJS.ProcessEnv, listen = here): string => {
  try {
    open(env, listen).stop();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.join('\n');
  }
  return '';
};

describe('the settings of who may call', () => {
  let folder: string;
  let server: Server;
  let url: string;
  let published: unknown;
  const file = (text: string) => {
    const path = join(folder, 'keys');
    writeFileSync(path, text);
    return path;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'orderlog-keys-'));
    server = createServer((_request, response) => response.end(JSON.stringify(published)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  it('let calls be taken without a token from this machine alone', () => {
    assert.equal(problemsOf({}), '');
    assert.match(problemsOf({}, everywhere), /ORDERLOG_GRPC_LISTEN is 0\.0\.0\.0.*set ORDERLOG_AUTH_ISSUER/);
    assert.equal(problemsOf({ ORDERLOG_AUTH_ISSUER: ISSUER, ORDERLOG_AUTH_JWKS_URL: url }, everywhere), '');
  });

  it('know which addresses are of this machine', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost', '::ffff:127.0.0.1']) {
      assert.ok(isLoopback(host), host);
    }
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'orderlog-order', 'localhost.evil.test']) {
      assert.ok(!isLoopback(host), host);
    }
  });

  it('are refused where they do not fit together', () => {
    assert.match(problemsOf({ ORDERLOG_AUTH_ISSUER: ISSUER }), /set ORDERLOG_AUTH_JWKS_URL or/);
    assert.match(problemsOf({ ORDERLOG_AUTH_JWKS_URL: url }), /ORDERLOG_AUTH_ISSUER is not set/);
    const plain = { ORDERLOG_AUTH_ISSUER: ISSUER, ORDERLOG_AUTH_JWKS_URL: 'http://login.test/jwks' };
    assert.match(problemsOf(plain), /ORDERLOG_AUTH_JWKS_URL is wrong: .*use https/);
    for (const word of ['none', 'HS256', 'RS256,HS256']) {
      assert.throws(
        () => loadConfig(accessConfig, { ORDERLOG_AUTH_ALGORITHMS: word }),
        /expected one or more of/,
      );
    }
  });

  it('take public keys from a file, and nothing else', () => {
    const { jwks, pem } = testIssuer();
    const withFile = (text: string) =>
      problemsOf({ ORDERLOG_AUTH_ISSUER: ISSUER, ORDERLOG_AUTH_KEY_FILE: file(text) });
    assert.equal(withFile(pem), '');
    assert.equal(withFile(JSON.stringify(jwks)), '');
    assert.equal(withFile(JSON.stringify(jwks.keys[0])), '');
    const { privateKey } = generateKeyPairSync('ed25519');
    assert.match(withFile(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()), /private key/);
    assert.match(withFile(JSON.stringify(privateKey.export({ format: 'jwk' }))), /private key/);
    assert.match(withFile('{"kty":"oct","k":"c2VjcmV0"}'), /secrets are not shared/);
    assert.match(withFile('{"keys":[]}'), /no keys/);
    assert.match(withFile('{'), /not JSON/);
    assert.match(withFile('hello'), /neither a JSON Web Key Set nor/);
    const missing = { ORDERLOG_AUTH_ISSUER: ISSUER, ORDERLOG_AUTH_KEY_FILE: join(folder, 'none') };
    assert.match(problemsOf(missing), /ORDERLOG_AUTH_KEY_FILE is .*ENOENT/);
  });

  it('take the keys that the issuer publishes, beside those of a file', async () => {
    const [ofFile, first] = [testIssuer(), testIssuer()];
    published = first.jwks;
    const access = open({
      ORDERLOG_AUTH_ISSUER: ISSUER,
      ORDERLOG_AUTH_AUDIENCE: AUDIENCE,
      ORDERLOG_AUTH_JWKS_URL: url,
      ORDERLOG_AUTH_KEY_FILE: file(JSON.stringify(ofFile.jwks)),
    });
    const ask = async (token: string) => access.admit('token', `Bearer ${token}`);
    assert.equal((await ask(await first.token({ sub: 'ada' }))).caller, 'ada');
    assert.equal((await ask(await ofFile.token({ sub: 'order' }))).caller, 'order');
    access.stop();
  });

  it('take a new key as soon as the issuer publishes it, and the old one no more', async () => {
    const [before, after] = [testIssuer(), testIssuer()];
    published = before.jwks;
    const keys = openKeys({ url, fileVariable: 'none', logger, cooldownMs: 0 });
    const verify = createVerify(loadedRules, keys.get);
    const [old, fresh] = [await before.token({}), await after.token({ sub: 'eve' })];
    await verify(old);
    published = after.jwks;
    assert.equal((await verify(fresh)).subject, 'eve');
    await assert.rejects(async () => createVerify(loadedRules, keys.get)(old), /key that is not known/);
    keys.stop();
  });

  it('say that a token cannot be checked while the issuer does not answer', async () => {
    const keys = openKeys({ url: 'http://127.0.0.1:9/jwks', fileVariable: 'none', logger });
    const token = await testIssuer().token({});
    await assert.rejects(async () => createVerify(loadedRules, keys.get)(token), { code: 'UNAVAILABLE' });
    keys.stop();
  });

  it('have scopes that are those of the contract', () => {
    assert.ok(SCOPES.includes('orders:own') && SCOPES.every((scope) => /^[a-z]+:[a-z]+$/.test(scope)));
  });
});

describe('a file that is followed', () => {
  it('is read again when it changes, and what cannot be used leaves what was', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'orderlog-followed-'));
    const path = join(folder, 'a');
    writeFileSync(path, '1');
    const lines: string[] = [];
    const told = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
    const parse = (text: string) => {
      if (!/^\d$/.test(text)) throw new Error('it is not a digit');
      return Number(text);
    };
    const followed = followFile({ variable: 'ORDERLOG_TEST_FILE', path, parse, logger: told, refreshMs: 5 });
    writeFileSync(path, '2');
    await until('the change is seen', () => followed.current() === 2);
    writeFileSync(path, 'x');
    await until('the mistake is told', () => lines.length > 0);
    assert.match(
      lines[0] ?? '',
      /not a digit.*ORDERLOG_TEST_FILE cannot be renewed; what was read before is used/,
    );
    assert.equal(followed.current(), 2);
    followed.close();
    rmSync(folder, { recursive: true });
  });
});
