/** Describes groups of scenarios for mocha: every scenario in every mode, on a system of their own, which is audited in the end. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { complaintsOf } from './auditBed.ts';
import { type Bed, startBed } from './bed.ts';
import type { Cast } from './cast.ts';
import type { Group } from './disturbance.ts';
import { type Case, casesOf, type Outcome, runGroup } from './runGroup.ts';
import type { Mode } from './scenario.ts';
import { assertEndings } from './settle.ts';

const MODES: readonly Mode[] = ['choreography', 'orchestration', 'direct'];

/** `name`: of the system's folder. The groups go one after the other. */
export function describeModes(name: string, groups: readonly Group[]): void {
  describe(`the saga, whoever drives it, ${name}`, function () {
    this.timeout(300_000);
    let bed: Bed;
    const settled: Cast[] = [];
    before(async () => {
      bed = await startBed(name);
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
}
