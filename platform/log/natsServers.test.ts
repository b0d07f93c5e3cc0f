import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { natsServers, natsUrl } from './natsServers.ts';

describe('the URL of NATS', () => {
  it('says as whom, and whether by TLS', () => {
    assert.deepEqual(natsServers('nats://a:4222,nats://b:4222'), { servers: ['a:4222', 'b:4222'] });
    assert.deepEqual(natsServers('tls://order:p%40ss@a:4222', { caFile: '/ca' }), {
      ...{ servers: ['a:4222'], user: 'order', pass: 'p@ss', inboxPrefix: '_INBOX_order' },
      tls: { caFile: '/ca' },
    });
    // Set, and empty: a server that offers no TLS is refused.
    assert.deepEqual(natsServers('tls://a:4222').tls, {});
  });

  it('is refused where nodes differ in what they are told, or a certificate would have to be of an address', () => {
    const isRight = (value: string) => natsUrl().safeParse(value).success;
    assert.ok(isRight('nats://127.0.0.1:4222'));
    assert.ok(isRight('tls://order:secret@a:4222,tls://order:secret@b:4222'));
    assert.ok(!isRight('tls://a:4222,nats://b:4222'));
    assert.ok(!isRight('nats://order:secret@a:4222,nats://b:4222'));
    assert.ok(!isRight('tls://127.0.0.1:4222'));
    assert.ok(!isRight('http://a:4222'));
  });
});
