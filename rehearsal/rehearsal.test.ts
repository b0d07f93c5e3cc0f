/** One rehearsal of `npm run rehearse`, in short: what it finds is told as it would be there. Processes that are lost: e2e/kill.test.ts. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { ownFolder } from '../cli/servers/testing.ts';
import { newerVersion } from './newer.ts';
import { readRollout } from './rollout.ts';
import { openStage, type Rehearsal, rehearse, type Stage } from './stage.ts';
import { sideBySide } from './twoVersions.ts';

const PER_SECOND = 15;
/** Time in which nothing happens. */
const PRE_STOP_MS = 1_000;

describe('two replicas of everything, under load', function () {
  this.timeout(600_000);
  let stage: Stage;
  before(async () => {
    stage = await openStage({
      folder: ownFolder('rehearsal'),
      env: process.env,
      tell: () => undefined,
      rollout: { ...readRollout(), preStopMs: PRE_STOP_MS },
    });
  });
  after(() => stage?.stop());

  async function isAsPromised(rehearsal: Rehearsal) {
    const outcome = await rehearse(stage, rehearsal, PER_SECOND);
    const failures = outcome.failures.map(({ kind, why }) => `${kind}: ${why}`);
    assert.deepEqual([...outcome.problems, ...failures], []);
    for (const { kind, asked } of outcome.kinds) assert.ok(asked > 0, kind);
    return outcome;
  }

  it('lose no request, and nothing else, where every pod is replaced, by a newer version beside the one before and back', async () => {
    const newer = await newerVersion(ownFolder('newer'));
    const { notes } = await isAsPromised(sideBySide(stage.present, newer));
    assert.match(notes.join('\n'), /does not have: .*order\/\d{4}_added_later\.sql/);
  });
});
