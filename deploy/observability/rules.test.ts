import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import { parse } from 'yaml';
import { root } from '../../scripts/run.ts';
import { processes } from '../processes.ts';
import { dashboards, queriesOf } from './dashboards.ts';
import { judge, type Verdict } from './promcheck.ts';
import { prometheusRule, RULES } from './prometheusRule.ts';

/** Of prom-client, the same in every Node process. */
const OF_NODE = [
  'process_start_time_seconds',
  'nodejs_eventloop_lag_p99_seconds',
  'process_resident_memory_bytes',
  'process_cpu_seconds_total',
];

describe('alerts and dashboards', function () {
  this.timeout(900_000);
  let verdict: Verdict;
  before(async () => {
    verdict = await judge({ rules: [RULES], queries: dashboards().flatMap(queriesOf) }, process.env);
  });

  it('are generated into what the Prometheus Operator installs', () => {
    const [path, text] = prometheusRule();
    assert.equal(readFileSync(join(root, path), 'utf8'), text, `${path} is stale: run npm run generate`);
  });

  it("pass Prometheus' own parser", () => assert.deepEqual(verdict.problems, []));

  it('ask for figures that there are, by labels that these have', () => {
    const specs = new Map(
      processes.flatMap(({ metrics }) => metrics.map((each) => [each.name, each] as const)),
    );
    assert.ok(verdict.selectors.length > 20);
    for (const { where, metric, labels } of verdict.selectors) {
      if (OF_NODE.includes(metric)) continue;
      const plain = specs.get(metric);
      const spec = plain ?? specs.get(metric.replace(/_(bucket|sum|count)$/, ''));
      assert.ok(spec && (plain || spec.type === 'histogram'), `${where}: no process tells ${metric}`);
      const known = ['process', 'le', ...Object.keys(spec.labels)];
      assert.deepEqual(
        labels.filter((label) => !known.includes(label)),
        [],
        `${where}: ${metric}`,
      );
    }
  });

  it('have an entry in the runbook each, and no entry is of none', () => {
    const { groups } = parse(readFileSync(RULES, 'utf8')) as {
      groups: {
        rules: { alert: string; labels: { severity: string }; annotations: { summary: string } }[];
      }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    const runbook = readFileSync(join(root, 'docs', 'runbook.md'), 'utf8');
    const entries = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    assert.deepEqual(entries.toSorted(), rules.map(({ alert }) => alert).toSorted());
    for (const { alert, labels, annotations } of rules) {
      assert.match(labels.severity, /^(page|ticket)$/, alert);
      assert.ok(annotations.summary.length > 10, alert);
    }
  });
});
