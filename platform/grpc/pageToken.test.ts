import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { pageToken, readPageToken } from './pageToken.ts';

describe('a page token', () => {
  const scope = ['orderlog.order.v1.OrderService/GetOrderHistory', 'an order'];
  const token = pageToken(scope, ['7', 'x']);
  const refused = { code: 'INVALID_ARGUMENT', reason: 'PAGE_TOKEN_INVALID' };

  it('says to its own list where it goes on', () => {
    assert.deepEqual(readPageToken(scope, token), ['7', 'x']);
  });

  it('is good for no other list', () => {
    assert.throws(() => readPageToken([scope[0] ?? '', 'another order'], token), refused);
  });

  it('is refused when anything of it was changed', () => {
    for (const changed of [
      `${token}A`,
      `${token}=`,
      token.slice(0, -1),
      `A${token.slice(1)}`,
      '',
      'x',
      '7',
    ]) {
      assert.throws(() => readPageToken(scope, changed), refused);
    }
  });
});
