/** The short set of `npm run chaos`: what it finds is told as it would be there. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'mocha';
import { testFolder } from '../cli/servers/testing.ts';
import { faults } from './faults/all.ts';
import { runFault } from './run.ts';
import { explain, isClean } from './table.ts';
import { createWorlds } from './worlds.ts';

const RATE_PER_SECOND = 20;
const STOP_MS = 60_000;

describe('chaos, the short set', function () {
  this.timeout(300_000);
  const folder = join(testFolder(), 'chaos');
  mkdirSync(folder, { recursive: true });
  const tell = () => undefined;
  const worlds = createWorlds({ folder, env: process.env, tell });
  after(function () {
    this.timeout(STOP_MS);
    return worlds.drop();
  });

  for (const fault of faults.filter(({ short }) => short)) {
    it(`${fault.name}: ${fault.expect}`, async () => {
      const world = await worlds.for(fault);
      const result = await runFault(world, fault, { ratePerSecond: RATE_PER_SECOND, tell });
      if (!isClean(result)) await worlds.drop();
      assert.deepEqual(explain(result), []);
    });
  }
});
