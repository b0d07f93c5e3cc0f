import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { type DependencyWatch, watchDependencies } from './dependencies.ts';
import { createLogger } from './logging.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

describe('dependencies', () => {
  let watch: DependencyWatch | undefined;
  afterEach(() => watch?.stop());

  /** Resolves with the changes once there are as many as are wanted. */
  const changesOf = (look: () => Promise<unknown>, wanted: number): Promise<boolean[]> =>
    new Promise((resolve) => {
      const changes: boolean[] = [];
      const onChange = (_name: string, up: boolean) => {
        changes.push(up);
        if (changes.length === wanted) resolve(changes);
      };
      watch = watchDependencies([{ name: 'it', look }], { logger, onChange, everyMs: 1, timeoutMs: 20 });
    });

  it('are down after two failed looks, and up again after a good one', async () => {
    const looks = [false, true, false, false, false, true];
    let at = 0;
    const changes = await changesOf(async () => {
      if (looks[at++] === false) throw new Error('away');
    }, 2);
    assert.deepEqual(changes, [false, true]);
    assert.equal(at >= 6, true, 'a single failed look was an outage');
  });

  it('are down when a look does not come back', async () => {
    assert.deepEqual(await changesOf(() => new Promise(() => undefined), 1), [false]);
    assert.equal(watch?.isUp('it'), false);
  });

  it('do not keep one another waiting', async () => {
    const seen = await new Promise((resolve) => {
      const stuck = { name: 'stuck', look: () => new Promise(() => undefined) };
      const failing = { name: 'failing', look: () => Promise.reject(new Error('away')) };
      const options = { logger, everyMs: 1, timeoutMs: 10_000, onChange: (name: string) => resolve(name) };
      watch = watchDependencies([stuck, failing], options);
    });
    assert.equal(seen, 'failing');
  });
});
