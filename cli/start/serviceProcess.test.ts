import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ownFolder } from '../servers/testing.ts';
import { openServiceLog, type ServiceLog } from './serviceLog.ts';
import { type ServiceStart, startService } from './serviceProcess.ts';

const main = fileURLToPath(new URL('fakeService.testing.ts', import.meta.url));
/** Of a process that has only to be there: a busy machine takes a while. */
const PATIENCE_MS = 5_000;

describe('a service that says that it is closed', function () {
  this.timeout(60_000);
  let log: ServiceLog;
  let opens: string;

  beforeEach(() => {
    const folder = ownFolder('closed');
    log = openServiceLog('store', join(folder, 'store.log'), () => undefined);
    opens = join(folder, 'opens');
  });
  afterEach(() => log.close());
  const start = (more: Partial<ServiceStart> = {}) =>
    startService({
      name: 'store',
      main,
      cwd: process.cwd(),
      env: { PATH: process.env.PATH, FAKE_BEHAVIOUR: 'is closed', FAKE_OPENS: opens },
      log,
      signal: new AbortController().signal,
      readyWithinMs: PATIENCE_MS,
      ...more,
    });

  it('is waited for as long as it does, by whoever listens, who hears why once', async () => {
    const told: string[] = [];
    const starting = start({ onWaiting: (why) => told.push(why) });
    assert.equal(await Promise.race([starting, sleep(PATIENCE_MS + 2_000, 'waits')]), 'waits');
    assert.deepEqual(told, ['the log is lost']);
    writeFileSync(opens, '');
    const running = await starting;
    await running.stop(1_000);
  });

  it('is given up by everybody else, with what it says', () =>
    assert.rejects(start(), /^StartError: store is not ready after 5 s: the log is lost$/));

  it('is given up at once where the start is', async () => {
    const giveUp = new AbortController();
    const onWaiting = () => giveUp.abort(new Error('interrupted'));
    await assert.rejects(start({ signal: giveUp.signal, onWaiting }), /interrupted/);
  });
});
