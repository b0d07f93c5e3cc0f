/** Every scenario in every mode: who drives the saga makes no difference to how its orders end. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { complaintsOf } from './auditBed.ts';
import { type Bed, startBed } from './bed.ts';
import type { Cast } from './cast.ts';
import { groups } from './groups.ts';
import { type Case, casesOf, type Outcome, runGroup } from './runGroup.ts';
import type { Mode } from './scenario.ts';
import { assertEndings } from './settle.ts';

const MODES: readonly Mode[] = ['choreography', 'orchestration', 'direct'];

describe('the saga, whoever drives it,', function () {
  this.timeout(300_000);
  let bed: Bed;
  const settled: Cast[] = [];
  before(async () => {
    bed = await startBed();
  });
  after(() => bed?.stop());

  for (const group of groups) {
    describe(group.disturbance.what, () => {
      const cases = casesOf(group, MODES);
      let outcomes: ReadonlyMap<Case, Outcome>;
      before(async () => {
        outcomes = await runGroup(bed, group, cases);
        for (const { cast, error } of outcomes.values()) if (cast && !error) settled.push(cast);
      });
      for (const each of cases) {
        it(each.title, () => {
          const { error } = outcomes.get(each) ?? {};
          if (error) throw error;
        });
      }
    });
  }

  // In a suite of its own: those come after the tests beside them.
  describe('in the end', () => {
    it('has left every order as it had ended', async () => {
      await Promise.all(settled.map((cast) => bed.inTurn(() => assertEndings(bed, cast))));
    });

    it('has left nothing that an audit complains of', async () => {
      assert.deepEqual(await complaintsOf(bed), []);
    });
  });
});
