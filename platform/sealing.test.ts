import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { open, parseKeyring, seal } from './sealing.ts';

const ring = (text: string) => {
  const keyring = parseKeyring(text);
  assert.ok(keyring);
  return keyring;
};
const k1 = `k1:${randomBytes(32).toString('base64')}`;
const k2 = `k2:${randomBytes(32).toString('base64')}`;
const keyring = ring(k1);

describe('sealing', () => {
  it('opens what it sealed, for any text and place', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, (plaintext, place) => {
        assert.equal(open(keyring, seal(keyring, plaintext, place), place), plaintext);
      }),
    );
  });

  it('seals the same text differently each time, with a 12 byte nonce and the tag at the end', () => {
    const [a, b] = [seal(keyring, 'tok_ok', 'here'), seal(keyring, 'tok_ok', 'here')];
    assert.equal(a.nonce.length, 12);
    assert.equal(a.ciphertext.length, 'tok_ok'.length + 16);
    assert.notDeepEqual(a, b);
  });

  it('does not open what was changed by one bit, or sealed for another place', () => {
    const broken = { code: 'DATA_LOSS', reason: 'SEAL_BROKEN' };
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('nonce' as const, 'ciphertext' as const), (at, part) => {
        const sealed = seal(keyring, 'tok_secret', 'here');
        const bit = at % (sealed[part].length * 8);
        sealed[part][bit >> 3] = (sealed[part][bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.throws(() => open(keyring, sealed, 'here'), broken);
      }),
    );
    const sealed = seal(keyring, 'tok_secret', 'here');
    assert.throws(() => open(keyring, sealed, 'there'), broken);
    assert.throws(() => open(keyring, { ...sealed, ciphertext: Buffer.alloc(3) }, 'here'), broken);
    assert.throws(() => open(keyring, { ...sealed, nonce: Buffer.alloc(0) }, 'here'), broken);
  });

  it('opens what an older key sealed as long as that key is on the ring', () => {
    const sealed = seal(ring(k1), 'tok_ok', 'here');
    const rotated = ring(`${k2},${k1}`);
    assert.equal(open(rotated, sealed, 'here'), 'tok_ok');
    assert.equal(seal(rotated, 'tok_ok', 'here').keyId, 'k2');
    assert.throws(() => open(ring(k2), sealed, 'here'), {
      code: 'FAILED_PRECONDITION',
      reason: 'SEALING_KEY_MISSING',
    });
  });

  it('takes no keyring but well-formed ones', () => {
    const short = Buffer.alloc(31).toString('base64');
    for (const text of ['', 'k1', 'k1:', `k1:${short}`, `${k1},${k1}`, `k 1:${k1.slice(3)}`, `${k1}x`]) {
      assert.equal(parseKeyring(text), undefined, text);
    }
  });
});
