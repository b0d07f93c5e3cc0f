import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { seededChoices } from './choices.ts';
import { realComposition } from './composition.ts';
import { mutations } from './mutations.testing.ts';
import { simulate } from './simulate.ts';

/** Enough for each of them by far. */
const MAX_SEEDS = 2_000;

describe('the simulator finds out when', () => {
  for (const { name, apply } of mutations) {
    it(name, async function () {
      this.timeout(300_000);
      const composition = apply(realComposition);
      for (let seed = 1; seed <= MAX_SEEDS; seed++) {
        if ((await simulate(seededChoices(seed), composition)).violation) return;
      }
      assert.fail(`not found with ${MAX_SEEDS} seeds`);
    });
  }
});
