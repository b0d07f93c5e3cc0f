import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { describe, it } from 'mocha';
import { ownFolder } from '../servers/testing.ts';
import { holdDown, untilLetUp } from './held.ts';
import { layoutOf } from './layout.ts';

describe('a part that is held down', () => {
  const layout = layoutOf(ownFolder('held'), '20000');
  mkdirSync(layout.run, { recursive: true });
  const never = new AbortController().signal;

  it('waits for its time, and only it, once', async () => {
    const startedMs = performance.now();
    holdDown(layout, 'payment', 300);
    await untilLetUp(layout, 'order', never);
    await untilLetUp(layout, 'payment', never);
    assert.ok(performance.now() - startedMs >= 250);
    await untilLetUp(layout, 'payment', never);
  });

  it('is given up with the start', async () => {
    holdDown(layout, 'payment', 60_000);
    const giveUp = new AbortController();
    setTimeout(() => giveUp.abort(), 50);
    await assert.rejects(untilLetUp(layout, 'payment', giveUp.signal), { name: 'AbortError' });
  });
});
