import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'mocha';

const advise = (...args: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['cli/bin.js', 'advise', ...args], (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });

describe('orderlog advise', () => {
  it('recommends by flags, as data', async () => {
    const { code, out } = await advise('--history', 'critical', '--reads', 'light', '--json');
    assert.equal(code, 0);
    const advice = JSON.parse(out);
    assert.equal(advice.recommendation, 'event sourcing');
    assert.deepEqual(advice.env, {
      ORDERLOG_ORDER_SAGA_MODE: 'choreography',
      ORDERLOG_ORDER_STORE: 'events',
      ORDERLOG_READS: 'aggregate',
    });
  });

  it('names the flag that is missing where nobody can be asked', async () => {
    const { code, err } = await advise('--history', 'none');
    assert.equal(code, 1);
    assert.match(err, /Add --reads heavy\|light/);
  });

  it('refuses an answer that there is not', async () => {
    const { code, err } = await advise('--history', 'some');
    assert.equal(code, 2);
    assert.match(err, /critical, useful, none/);
  });
});
