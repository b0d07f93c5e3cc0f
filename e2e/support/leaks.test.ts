import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { leaksIn } from './leaks.ts';

describe('the search for leaks', () => {
  const text = 'tok_"leak"/0123456789+abc';
  const found = (place: string) => leaksIn([{ where: 'here', text: place }], [{ what: 'a token', text }]);

  it('finds what stands there in any spelling', () => {
    const spellings = {
      'as it is': text,
      'in JSON': JSON.stringify({ payment_token: text }),
      'in a URL': `/v1/orders?token=${encodeURIComponent(text)}`,
      'in hex': Buffer.from(text).toString('hex'),
      'in base64': Buffer.from(text).toString('base64'),
      'in base64 of more': Buffer.from(`{"a":"${text}"}`).toString('base64url'),
      'in base64 of yet more': Buffer.from(`{"ab":"${text}"}`).toString('base64'),
    };
    for (const [name, place] of Object.entries(spellings))
      assert.deepEqual(found(`... ${place} ...`), ['here: a token'], name);
  });

  it('finds nothing where nothing is', () => {
    assert.deepEqual(found('tok_ok [redacted] 0123456789+abc'), []);
  });
});
