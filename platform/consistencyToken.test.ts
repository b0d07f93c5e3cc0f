import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { issueToken, readToken } from './consistencyToken.ts';

const key = randomBytes(32);
const point = { stream: 'EVENTS', aggregateId: randomUUID(), version: 3 };
const refused = {
  code: 'INVALID_ARGUMENT',
  reason: 'INVALID_TOKEN',
  violations: [{ field: 'consistency_token', description: 'must be a token from the answer to a write' }],
};

describe('consistency tokens', () => {
  it('tell the write that they were issued for', () => {
    const points = fc.record(
      {
        stream: fc.stringMatching(/^[A-Z]+$/),
        aggregateId: fc.string({ minLength: 1, unit: 'grapheme' }),
        version: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      },
      { noNullPrototype: true },
    );
    fc.assert(fc.property(points, (each) => assert.deepEqual(readToken(key, issueToken(key, each)), each)));
  });

  it('are the same for the same write, short, and safe in a URL', () => {
    const token = issueToken(key, point);
    assert.equal(token, issueToken(key, point));
    assert.match(token, /^[A-Za-z0-9_-]{1,120}$/);
  });

  it('cannot be made up, changed, or issued under another key', () => {
    const token = issueToken(key, point);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'ABab01-_'), (at, char) => {
        const changed = token.slice(0, at) + char + token.slice(at + 1);
        if (changed !== token) assert.throws(() => readToken(key, changed), refused);
      }),
    );
    for (const text of [
      '',
      'AAAA',
      `${token} `,
      `${token}=`,
      `${token}A`,
      issueToken(randomBytes(32), point),
    ]) {
      assert.throws(() => readToken(key, text), refused);
    }
  });
});
