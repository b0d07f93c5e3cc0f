import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Stripe } from 'stripe';
import { bodyRefusal, REPLAY_WINDOW_MS, signBody } from './signedBody.ts';

const nowMs = 1_700_000_000_000;
const body = Buffer.from('{"id":"evt_1"}');
const header = signBody('secret', body, nowMs);

describe('a signed body', () => {
  it('counts with its signature, by any of the secrets, as long as the window lasts', () => {
    assert.equal(bodyRefusal(['new', 'secret'], header, body, nowMs + REPLAY_WINDOW_MS), undefined);
    assert.equal(bodyRefusal(['secret'], `${header},v1=${'0'.repeat(64)},v0=x`, body, nowMs), undefined);
  });

  it('does not count by another secret, with another body or time, nor out of the window', () => {
    assert.match(bodyRefusal(['other'], header, body, nowMs) ?? '', /not of this body/);
    assert.match(bodyRefusal([], header, body, nowMs) ?? '', /not of this body/);
    assert.match(bodyRefusal(['secret'], header, Buffer.from('{"id":"evt_2"}'), nowMs) ?? '', /not of this/);
    const moved = header.replace('t=1700000000', 't=1700000100');
    assert.match(bodyRefusal(['secret'], moved, body, nowMs) ?? '', /not of this body/);
    for (const later of [REPLAY_WINDOW_MS + 1, -REPLAY_WINDOW_MS - 1_000]) {
      assert.match(bodyRefusal(['secret'], header, body, nowMs + later) ?? '', /300 s ago, or ahead/);
    }
  });

  it('does not count without a signature that can be read', () => {
    for (const bad of ['', 't=1', 'v1=00', header.replace('t=', 's='), header.slice(0, -2), `${header}zz`]) {
      assert.match(bodyRefusal(['secret'], bad, body, nowMs) ?? '', /no signature such as/, bad);
    }
    assert.match(bodyRefusal(['secret'], `${header},${'v1=0,'.repeat(500)}`, body, nowMs) ?? '', /too long/);
  });

  it('is what Stripe makes and checks', () => {
    const { webhooks } = new Stripe('sk_test_1');
    const payload = body.toString();
    const options = { payload, secret: 'secret', timestamp: nowMs / 1_000 };
    assert.equal(bodyRefusal(['secret'], webhooks.generateTestHeaderString(options), body, nowMs), undefined);
    webhooks.constructEvent(payload, header, 'secret', 300, undefined, nowMs);
  });
});
