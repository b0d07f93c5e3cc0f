import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Result, Verdict } from '../case.ts';
import { junitXml } from './junit.ts';
import { explain, formatTable, summary } from './table.ts';

const held: Verdict = { kind: 'held' };
const result = (subject: string, name: string, verdict: Verdict = held): Result => ({
  suite: 'fields',
  subject,
  name,
  verdict,
  durationMs: 5,
});
const wrong: Verdict = { kind: 'failed', expected: 'OK', got: 'INTERNAL <&"\u0000>', request: '{"sku":"A"}' };
const results = [
  result('Get', 'as_it_should_be'),
  result('Get', 'sku/<long>', wrong),
  result('Watch', 'as_it_should_be', { kind: 'notOffered' }),
  result('Watch', 'id/empty'),
  result('Put', 'as_it_should_be'),
  result('Put', 'mode/other', { kind: 'notOffered' }),
];

describe('the report of the contract suite', () => {
  it('says for each rpc what was checked; what is not offered is never passed', () => {
    const lines = formatTable(results).split('\n');
    assert.match(lines[0] ?? '', /^what +fields$/);
    assert.match(lines[1] ?? '', /^Get +1 of 2! +1 FAILED$/);
    assert.match(lines[2] ?? '', /^Watch +1 +not offered$/);
    assert.match(lines[3] ?? '', /^Put +1 +ok, 1 not offered$/);
    assert.equal(summary(results), '3 held, 1 failed, 2 not offered');
  });

  it('shows the request, what was expected and what was got', () => {
    assert.deepEqual(explain(results).slice(0, 3), [
      'Get: fields: sku/<long>',
      '  request   {"sku":"A"}',
      '  expected  OK',
    ]);
  });

  it('is well-formed XML for whatever was answered', () => {
    const xml = junitXml(results);
    assert.match(
      xml,
      /<testsuites name="contract" tests="6" failures="1" errors="0" skipped="2" time="0.030">/,
    );
    assert.match(xml, /name="fields: sku\/&lt;long&gt;"/);
    assert.match(xml, /got INTERNAL &lt;&amp;&quot;\?&gt;/);
    assert.match(xml, /<skipped message="not offered"\/>/);
  });
});
