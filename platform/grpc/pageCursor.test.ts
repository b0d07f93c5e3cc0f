import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { issueToken } from '../consistencyToken.ts';
import { issueCursor, readCursor } from './pageCursor.ts';

const key = randomBytes(32);
const question = { list: 'things/search', asked: Buffer.from('blue') };
const refused = { code: 'INVALID_ARGUMENT', reason: 'PAGE_TOKEN_INVALID' };

describe('page tokens', () => {
  it('tell the place that they were issued for, of whatever values', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.double({ noNaN: true }),
      fc.constant(null),
    );
    const places = fc.array(
      value.filter(
        (each) =>
          each === null || typeof each === 'string' || (Number.isFinite(each) && !Object.is(each, -0)),
      ),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(places, (place) =>
        assert.deepEqual(readCursor(key, question, issueCursor(key, question, place)), place),
      ),
    );
    assert.equal(readCursor(key, question, ''), undefined);
  });

  it('cannot be changed, nor used for another question, list or key', () => {
    const token = issueCursor(key, question, ['a', 1]);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'ABab01-_'), (at, char) => {
        const changed = token.slice(0, at) + char + token.slice(at + 1);
        if (changed !== token) assert.throws(() => readCursor(key, question, changed), refused);
      }),
    );
    const others = [
      { ...question, asked: Buffer.from('red') },
      { ...question, asked: Buffer.from('blue["a"') },
      { ...question, list: 'things/all' },
    ];
    for (const other of others) assert.throws(() => readCursor(key, other, token), refused);
    assert.throws(() => readCursor(randomBytes(32), question, token), refused);
    const consistency = issueToken(key, { stream: 'THINGS', aggregateId: 'a', version: 1 });
    assert.throws(() => readCursor(key, question, consistency), refused);
  });
});
