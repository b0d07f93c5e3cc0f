import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createRefusals } from './refusals.ts';

function testbed() {
  let nowMs = 0;
  let look: { atMs: number; callback: () => void } | undefined;
  const refusals = createRefusals({
    now: () => nowMs,
    later(callback, ms) {
      assert.equal(look, undefined, 'one timer at a time');
      look = { atMs: nowMs + ms, callback };
    },
  });
  const told: string[] = [];
  return {
    refusals,
    told,
    refuse(peer: string, name = peer, cancelled = false): void {
      refusals.refuse({ cancelled, getPeer: () => peer }, () => told.push(name));
    },
    pass(ms: number): void {
      for (const endMs = nowMs + ms; nowMs < endMs; nowMs++) {
        if (look && look.atMs <= nowMs) {
          const { callback } = look;
          look = undefined;
          callback();
        }
      }
    },
  };
}

describe('refusals', () => {
  it('are told at once, as many as a calm has saved', () => {
    const { refusals, refuse, told } = testbed();
    for (let n = 0; n < 500; n++) refuse('a');
    assert.equal(told.length, 500);
    refuse('a');
    assert.equal(told.length, 500);
    assert.equal(refusals.waiting(), 1);
  });

  it('wait when there are more than answers and time pay for', () => {
    const { refusals, refuse, told, pass } = testbed();
    for (let n = 0; n < 1_500; n++) refuse('a');
    pass(400);
    assert.ok(told.length >= 530 && told.length <= 540, `${told.length} told`);
    for (let n = 0; n < 100; n++) refusals.earn();
    pass(20);
    assert.ok(told.length >= 930 && told.length <= 945, `${told.length} told`);
  });

  it('wait for half a second at most', () => {
    const { refusals, refuse, told, pass } = testbed();
    for (let n = 0; n < 1_500; n++) refuse(`peer ${n % 3}`);
    pass(520);
    assert.equal(told.length, 1_500);
    assert.equal(refusals.waiting(), 0);
  });

  it('take turns by connection', () => {
    const { refuse, told, pass } = testbed();
    for (let n = 0; n < 500; n++) refuse('saved');
    for (let n = 0; n < 1_000; n++) refuse('storm');
    refuse('calm');
    pass(50);
    assert.ok(told.slice(500, 503).includes('calm'), `${told.slice(500)}`);
  });

  it('cost nothing where the caller has gone', () => {
    const { refusals, refuse, told, pass } = testbed();
    for (let n = 0; n < 500; n++) refuse('saved');
    for (let n = 0; n < 1_000; n++) refuse('gone', 'gone', true);
    refuse('there');
    pass(50);
    assert.deepEqual(told.slice(500), ['there']);
    assert.equal(refusals.waiting(), 0);
  });

  it('are bounded in how many wait', () => {
    const { refusals, refuse, told } = testbed();
    for (let n = 0; n < 3_000; n++) refuse('a');
    assert.equal(refusals.waiting(), 2_000);
    assert.equal(told.length, 1_000);
  });

  it('are told to all when the server stops', () => {
    const { refusals, refuse, told } = testbed();
    for (let n = 0; n < 700; n++) refuse('a');
    refusals.tellAll();
    assert.equal(told.length, 700);
    assert.equal(refusals.waiting(), 0);
  });
});
