import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { UsageError } from '../cli/usage.ts';
import { parseArguments } from './arguments.ts';

describe('the command line of fuzzing', () => {
  it('takes a time and a seed, or makes up its own', () => {
    assert.deepEqual(parseArguments(['--seconds', '5', '--seed', '0']), { seconds: 5, seed: 0, help: false });
    const { seconds, seed } = parseArguments([]);
    assert.equal(seconds, 60);
    assert.ok(Number.isInteger(seed));
  });

  it('refuses what is no number within bounds, and options that it does not have', () => {
    for (const wrong of ['4', '-1', 'long', '1.5', '86401']) {
      const refused = (error: unknown) =>
        error instanceof UsageError && error.message.endsWith('give a whole number from 5 to 86400');
      assert.throws(() => parseArguments([`--seconds=${wrong}`]), refused);
    }
    assert.throws(() => parseArguments(['--seed', '4294967296']), /give a whole number from 0 to 4294967295/);
    assert.throws(() => parseArguments(['--sed', '1']), /Unknown option '--sed'/);
  });
});
