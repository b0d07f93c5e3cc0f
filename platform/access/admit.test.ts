import assert from 'node:assert/strict';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { describe, it } from 'mocha';
import { OrderlogError } from '../errors.ts';
import { admitByToken } from './admit.ts';
import { AUDIENCE, ISSUER, testIssuer } from './issuer.testing.ts';
import type { ScopeRule } from './rules.ts';
import { createVerify } from './verify.ts';

const rules = {
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ['RS256', 'ES256', 'EdDSA'],
  clockToleranceSeconds: 30,
  scopeClaim: 'scope',
};
const read: ScopeRule = { scopes: ['orders:read'], ownScopes: ['orders:own'] };
const issuer = testIssuer();
const keys = createLocalJWKSet(issuer.jwks as JSONWebKeySet);
const admit = admitByToken(createVerify(rules, keys));
const ask = async (token: string, rule: ScopeRule = read) => admit(rule, `Bearer ${token}`);

async function refusal(asked: () => unknown): Promise<OrderlogError> {
  try {
    await asked();
  } catch (error) {
    assert.ok(error instanceof OrderlogError, String(error));
    return error;
  }
  throw new Error('it was let in');
}

describe('a caller', () => {
  it('with the scope may ask for anything', async () => {
    const token = await issuer.token({ sub: 'sue', scope: 'items:read orders:read' });
    const { caller, owner, bearer } = await ask(token);
    assert.deepEqual({ caller, owner, bearer }, { caller: 'sue', owner: undefined, bearer: token });
  });

  it('with the scope for his own may ask for that alone', async () => {
    const { owner } = await ask(await issuer.token({ sub: 'ada', scope: 'orders:own' }));
    assert.equal(owner, 'ada');
  });

  it('may have his scopes in an array, in a claim of another name', async () => {
    const other = admitByToken(createVerify({ ...rules, scopeClaim: 'scp' }, keys));
    const token = await issuer.token({ scp: ['orders:read'] });
    assert.equal((await other(read, `bearer ${token}`)).owner, undefined);
  });

  it('without the scope is told which is missing', async () => {
    const token = await issuer.token({ scope: 'items:read orders:reader' });
    const { code, reason, message } = await refusal(() => ask(token));
    assert.deepEqual([code, reason], ['PERMISSION_DENIED', 'SCOPE_MISSING']);
    assert.match(message, /orders:read, or orders:own/);
  });

  it('without a token, or with another kind of authorization, is nobody', async () => {
    for (const given of [undefined, '']) {
      const { code, reason } = await refusal(async () => admit(read, given));
      assert.deepEqual([code, reason], ['UNAUTHENTICATED', 'TOKEN_MISSING']);
    }
    for (const given of ['Basic YTpi', 'Bearer', 'Bearer a b', `Bearer ${'a'.repeat(9_000)}`]) {
      const { code, reason } = await refusal(async () => admit(read, given));
      assert.deepEqual([code, reason], ['UNAUTHENTICATED', 'TOKEN_REFUSED'], given.slice(0, 20));
    }
  });

  it('with a token that is wrong is nobody, and nothing of it is said again', async () => {
    const wrong = await issuer.wrongTokens({ scope: 'orders:read' });
    for (const [what, token] of Object.entries(wrong)) {
      const { code, message } = await refusal(() => ask(token));
      assert.equal(code, 'UNAUTHENTICATED', what);
      for (const part of token.split('.').filter((each) => each.length > 6)) {
        assert.ok(!message.includes(part), `${what}: ${message}`);
      }
    }
  });

  it('needs no token for what is open', () => {
    assert.deepEqual(admit('open', 'Bearer x.y.z'), admit('open', undefined));
  });
});

describe('a token that was right', () => {
  it('is remembered, and no longer than it is valid', async () => {
    let nowMs = Date.now();
    let asked = 0;
    const counting: typeof keys = Object.assign(
      (...given: Parameters<typeof keys>) => {
        asked += 1;
        return keys(...given);
      },
      { jwks: keys.jwks },
    );
    const verify = createVerify({ ...rules, clockToleranceSeconds: 0 }, counting, () => nowMs);
    const token = await issuer.token({ exp: Math.floor(nowMs / 1_000) + 10 });
    await verify(token);
    assert.ok(!(verify(token) instanceof Promise));
    assert.equal(asked, 1);
    nowMs += 10_000;
    assert.ok(verify(token) instanceof Promise);
    await verify(token);
    assert.ok(asked > 1);
  });

  it('is refused at once where its key is gone, after half a minute', async () => {
    let nowMs = Date.now();
    let current = keys;
    const changing = (...given: Parameters<typeof keys>) => current(...given);
    const verify = createVerify(rules, changing, () => nowMs);
    const token = await issuer.token({});
    await verify(token);
    current = createLocalJWKSet(testIssuer().jwks as JSONWebKeySet);
    nowMs += 30_001;
    assert.match((await refusal(() => verify(token))).message, /key that is not known/);
  });
});
