import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as say from './format.js';

describe('what the console says', () => {
  it('says amounts in their currency, and nothing where there is none', () => {
    assert.equal(say.money({ currencyCode: 'EUR', units: '1234', nanos: 500_000_000 }), '€1,234.50');
    assert.equal(say.money({ currencyCode: 'EUR' }), '€0.00');
    assert.equal(say.money(undefined), '–');
  });

  it('says times in the unit that one would', () => {
    const said = [0, 0.4, 41, 1_250, 12_000, 125_000, 5_400_000].map(say.millis);
    assert.deepEqual(said, ['0 ms', '<1 ms', '41 ms', '1.3 s', '12 s', '2 min 5 s', '1.5 h']);
    assert.equal(say.millisOf('1.250s'), 1_250);
  });

  it('says how long ago something was, or how far ahead', () => {
    const nowMs = Date.parse('2026-01-02T12:00:00Z');
    const at = (seconds: number) => say.ago(new Date(nowMs - seconds * 1_000).toISOString(), nowMs);
    assert.deepEqual([1, 30, 600, 7_200, 172_800, -600].map(at), [
      'now',
      '30 s ago',
      '10 min ago',
      '2 h ago',
      '2 d ago',
      'in 10 min',
    ]);
  });

  it('hands on a time that was chosen, and what is none as it is', () => {
    assert.equal(say.timeOf('2026-01-02T12:00:00Z'), '2026-01-02T12:00:00.000Z');
    assert.deepEqual(['', 'yesterday'].map(say.timeOf), ['', 'yesterday']);
  });

  it('says the names of the contract as words', () => {
    assert.equal(say.statusWord('ORDER_STATUS_NEEDS_REVIEW'), 'Needs review');
    assert.equal(say.statusWord(undefined), '–');
    assert.equal(say.shortName('orderlog.order.v1.OrderCreated'), 'OrderCreated');
    assert.equal(say.serviceOf('orderlog.order.v1.OrderCreated'), 'order');
  });

  it('knows a colour for every status, and which orders can be cancelled', () => {
    assert.deepEqual(
      say.STATUSES.filter((status) => say.statusTone(status) === undefined),
      [],
    );
    assert.deepEqual(say.STATUSES.filter((status) => !say.canBeCancelled(status)).map(say.statusWord), [
      'Cancelled',
      'Rejected',
      'Refunded',
    ]);
  });
});
