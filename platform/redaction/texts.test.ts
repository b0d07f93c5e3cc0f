import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { neverShow, secretsIn, shown } from './texts.ts';

describe('texts that are shown', () => {
  it('hold no password of a URL, no bearer token and no JWT', () => {
    const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';
    for (const [text, expected] of [
      [
        'cannot reach postgres://order:p%40ss@db:5432/order now',
        'cannot reach postgres://order:[redacted]@db:5432/order now',
      ],
      ['nats://a:b@x:1,nats://a:b@y:1', 'nats://a:[redacted]@x:1,nats://a:[redacted]@y:1'],
      ['https://elastic:a@b@host/', 'https://elastic:[redacted]@host/'],
      ['Authorization: Bearer abcdefghijklmnop', 'Authorization: Bearer [redacted]'],
      [`token ${jwt}`, 'token [redacted]'],
    ] as const) {
      assert.equal(shown(text), expected);
    }
  });

  it('are left as they are otherwise', () => {
    for (const text of [
      'connect ECONNREFUSED 127.0.0.1:5432',
      'http://127.0.0.1:8080/v1/orders?query=a@b',
      'the bearer of a token',
      '{"orderId":"b0c7","at":"2026-01-31T12:00:00Z","mail":"a@b"}',
    ]) {
      assert.equal(shown(text), text);
    }
  });

  it('hold none of the secrets that the process was given, in whichever spelling', () => {
    const secret = 'a "quoted" /secret+=';
    neverShow([secret]);
    for (const text of [secret, JSON.stringify({ secret }), `?key=${encodeURIComponent(secret)}`]) {
      assert.doesNotMatch(shown(text), /quoted/);
    }
  });

  it('are not emptied by what is too short to be a secret', () => {
    neverShow(['', 'order']);
    assert.equal(shown('order 1'), 'order 1');
  });

  it('take little time, whatever they are', () => {
    const startedMs = performance.now();
    for (const piece of ['a', 'a.', 'a://', 'http://x:', 'bearer ', 'eyJaaaaaaaa.'])
      shown(piece.repeat(50_000));
    assert.ok(performance.now() - startedMs < 20_000);
  });
});

describe('what is secret in a setting', () => {
  it('is all of it and its parts', () => {
    const isOf = (setting: string, secret: string) => assert.ok(secretsIn(setting).includes(secret), secret);
    isOf('k1:AAAA/+8=,k2:BBBB', 'AAAA/+8=');
    isOf('k1:AAAA/+8=,k2:BBBB', 'BBBB');
    isOf('first-secret, second-secret', 'second-secret');
    isOf('x-api-key=a%20key', 'a key');
    isOf('postgres://order:p%40ss@db/order', 'p@ss');
    isOf('postgres://order:p%40ss@db/order', 'p%40ss');
  });
});
