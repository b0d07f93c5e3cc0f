import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { seededChoices } from './choices.ts';
import { realComposition } from './composition.ts';
import { mutations } from './mutations.testing.ts';
import { simulate } from './simulate.ts';

/** Enough for each of them by far. */
const MAX_SEEDS = 2_000;

describe('the simulator finds out when', () => {
  for (const { name, breaks, apply } of mutations) {
    it(name, async function () {
      this.timeout(300_000);
      const composition = apply(realComposition);
      const others = new Set<string>();
      for (let seed = 1; seed <= MAX_SEEDS; seed++) {
        const { violation } = await simulate(seededChoices(seed), composition);
        if (!violation) continue;
        if (breaks.includes(violation.invariant)) return;
        others.add(`${violation.invariant}: ${violation.message}`);
      }
      const found = [...others].join('; ') || 'nothing';
      assert.fail(`${breaks.join(' or ')} not found with ${MAX_SEEDS} seeds, but ${found}`);
    });
  }
});
