import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { createReport, type Report } from './report.ts';

const well = { passes: 2, failures: 0, failed: '' };

describe('the report of the tests', () => {
  let printed: string;
  let nowMs: number;
  beforeEach(() => {
    printed = '';
    nowMs = 0;
  });
  const reportOf = (live: boolean): Report =>
    createReport({
      files: 2,
      live,
      nowMs: () => nowMs,
      write: (text) => {
        printed += text;
      },
    });

  it("keeps a file's lines together while files run at once", () => {
    const report = reportOf(false);
    report.begun('a');
    report.begun('b');
    report.line('a', 'a1');
    report.line('b', 'b1');
    report.line('a', 'a2');
    nowMs = 1_500;
    report.ended('a', well);
    assert.equal(printed, '[1/2] a (1.5 s)\na1\na2\n');
  });

  it('prints each line when it comes if one file runs at a time', () => {
    const report = reportOf(true);
    report.begun('a');
    report.line('a', 'a1');
    assert.equal(printed, '[1/2] a\na1\n');
  });

  it('says what is under way when it has been silent', () => {
    const report = reportOf(false);
    report.begun('a');
    report.line('a', '  a test');
    nowMs = 30_000;
    report.stillRunning();
    assert.equal(printed, 'running: a (30.0 s) a test\n');
    report.stillRunning();
    assert.equal(printed, 'running: a (30.0 s) a test\n', 'not again at once');
  });

  it('repeats the failures in full, and ends with the sums', () => {
    const report = reportOf(false);
    report.begun('a');
    report.ended('a', { passes: 1, failures: 1, failed: 'the reason' });
    report.begun('b');
    report.ended('b', well);
    assert.deepEqual(report.close({ passed: 6, failed: 1 }), { failed: 2 });
    assert.match(printed, /1 FAILED: a\n[\s\S]*\nFAILED a\nthe reason\n[\s\S]*\n9 passed, 2 failed\n$/);
  });
});
