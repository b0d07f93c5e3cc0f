import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { createLocalJWKSet, UnsecuredJWT } from 'jose';
import { beforeEach, describe, it } from 'mocha';
import { createVerify } from '../../platform/access/verify.ts';
import type { OrderlogError } from '../../platform/errors.ts';
import { ROLES } from '../../proto/roles.ts';
import { ownFolder } from '../servers/testing.ts';
import { ownSubject, ownToken } from '../token/own.ts';
import { addTokenCommand } from './token.ts';

const ALL_OF_IT = { algorithms: ['EdDSA'], clockToleranceSeconds: 0, scopeClaim: 'scope' };

/** What the command writes. Rejects with what the command line would report. */
async function orderlog(...args: readonly string[]): Promise<string> {
  const program = new Command('orderlog');
  addTokenCommand(program);
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap((each) => each.commands),
  ]) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  let written = '';
  const { write } = process.stdout;
  process.stdout.write = (text: string | Uint8Array) => {
    written += text;
    return true;
  };
  try {
    await program.parseAsync(['node', 'orderlog', 'token', ...args]);
  } finally {
    process.stdout.write = write;
  }
  return written.trim();
}

describe('orderlog token', () => {
  let folder: string;
  let key: string;
  beforeEach(() => {
    folder = ownFolder('tokens');
    key = join(folder, 'my.key');
  });

  /** As the services check it, by the public key alone. */
  const verified = (token: string, { issuer = 'orderlog', audience = 'orderlog' } = {}) => {
    const keys = createLocalJWKSet(JSON.parse(readFileSync(`${key}.public.json`, 'utf8')));
    return createVerify({ ...ALL_OF_IT, issuer, audience }, keys)(token);
  };
  const issue = (...args: readonly string[]) => orderlog('issue', '--key', key, '--subject', 'ada', ...args);

  it('makes a key that its owner alone can read, and what services need to check by it', async () => {
    const made = JSON.parse(await orderlog('key', key, '--json'));
    assert.deepEqual(made, { privateKey: key, publicKeys: `${key}.public.json` });
    assert.equal(statSync(key).mode & 0o077, 0);
    assert.doesNotMatch(readFileSync(made.publicKeys, 'utf8'), /"d":/);
    const before = readFileSync(key, 'utf8');
    await assert.rejects(orderlog('key', key), ({ reason }: OrderlogError) => reason === 'KEY_EXISTS');
    assert.equal(readFileSync(key, 'utf8'), before);
  });

  it('issues tokens that services take, with the scopes of a role, for as long as was said', async () => {
    await orderlog('key', key);
    const { subject, scopes, expiresAt } = await verified(await issue('--role', 'customer', '--for', '90d'));
    assert.deepEqual([subject, [...scopes]], ['ada', [...ROLES.customer.scopes]]);
    const days = (expiresAt.getTime() - Date.now()) / 86_400_000;
    assert.ok(days > 89 && days <= 90, String(days));
  });

  it('issues tokens with single scopes, of another issuer, for another audience', async () => {
    await orderlog('key', key);
    const of = { issuer: 'https://login.test', audience: 'shop' };
    const flags = ['--scope', 'items:read', 'sales:read', '--issuer', of.issuer, '--audience', of.audience];
    const { token, scopes } = JSON.parse(await issue(...flags, '--json'));
    assert.deepEqual(scopes, ['items:read', 'sales:read']);
    assert.deepEqual([...(await verified(token, of)).scopes], scopes);
    await assert.rejects(async () => verified(token), /TOKEN_REFUSED|issuer|iss/);
  });

  it('signs by no file that is not such a key', async () => {
    await assert.rejects(
      issue('--role', 'support'),
      ({ reason }: OrderlogError) => reason === 'KEY_UNREADABLE',
    );
    writeFileSync(key, JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: 'public' }));
    await assert.rejects(issue('--role', 'support'), /is no private key of ours: make a key by/);
  });

  for (const [args, message] of [
    [[], /give --role or --scope/],
    [['--role', 'king'], /Allowed choices are customer, /],
    [['--scope', 'orders:all'], /Allowed choices are /],
    [['--role', 'customer', '--scope', 'items:read'], /cannot be used with option '--role/],
    [['--role', 'customer', '--for', '401d'], /give a time such as 15m, 8h or 90d, at most 400d/],
    [['--role', 'customer', '--for', '0h'], /give a time such as/],
  ] as const) {
    it(`refuses ${args.join(' ') || 'a token for nothing'}`, () =>
      assert.rejects(
        issue(...args),
        (error) => error instanceof CommanderError && error.exitCode !== 0 && message.test(error.message),
      ));
  }
});

describe('the token by which the command line calls', () => {
  it('is the one that the environment holds, or its file has now', () => {
    const file = join(ownFolder('tokens'), 'token');
    writeFileSync(file, 'first\n');
    const env = { ORDERLOG_TOKEN_FILE: file };
    assert.equal(ownToken(env), 'first');
    writeFileSync(file, 'second\n');
    assert.equal(ownToken(env), 'second');
    assert.equal(ownToken({ ...env, ORDERLOG_TOKEN: ' given ' }), 'given');
    assert.equal(ownToken({}), undefined);
  });

  it('is not left out where its file cannot be read', () => {
    assert.throws(
      () => ownToken({ ORDERLOG_TOKEN_FILE: '/nowhere/token' }),
      ({ reason, message }: OrderlogError) =>
        reason === 'TOKEN_FILE_UNREADABLE' && message.includes('/nowhere/token'),
    );
  });

  it('says whose it is, where it can be read', () => {
    const envOf = (token: string) => ({ ORDERLOG_TOKEN: token });
    assert.equal(ownSubject(envOf(new UnsecuredJWT({ sub: 'grace' }).encode())), 'grace');
    assert.equal(ownSubject({}), undefined);
    const ofNobody = [{}, { sub: '' }].map((claims) => new UnsecuredJWT(claims).encode());
    for (const token of ['opaque', 'a.b.c', ...ofNobody]) {
      assert.throws(
        () => ownSubject(envOf(token)),
        ({ reason }: OrderlogError) => reason === 'TOKEN_WITHOUT_SUBJECT',
        token,
      );
    }
  });
});
