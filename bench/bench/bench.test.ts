import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { testFolder } from '../../cli/servers/testing.ts';
import { bench, withSection } from './bench.ts';
import type { Performance, Section, SectionId } from './figures.ts';
import type { Plan } from './plan.ts';
import { filesOf } from './report/page.ts';

/** Too short for figures to mean anything: none of them is judged here. */
const PLAN: Plan = {
  rounds: 1,
  seconds: 1,
  callers: [16],
  warmUpSeconds: 1,
  stageSeconds: 1,
  latencyRounds: 1,
  latencySeconds: 1,
  probesPerSecond: 4,
  growth: [10, 700],
  soakSeconds: 1,
};

describe('the benchmark', function () {
  this.timeout(600_000);
  const sections: Section[] = [];
  const stopping = new AbortController();

  before(async () => {
    const failures = await bench({
      plan: PLAN,
      quick: true,
      only: ['latency', 'hot-spots', 'soak'],
      folder: testFolder(),
      signal: stopping.signal,
      say: () => undefined,
      onSection: (section) => void sections.push(section),
    });
    assert.deepEqual(failures, []);
  });
  after(() => stopping.abort());

  const sectionOf = (id: SectionId) => sections.find((section) => section.id === id);

  it('measures each thing of a section, and its ratio', () => {
    const found = sectionOf('hot-spots');
    assert.equal(found?.series.length, 4);
    assert.ok(found?.series.every(({ rates: [rate = 0] }) => rate > 0));
    assert.equal(found?.goals.length, 3);
    assert.ok(found?.goals.every(({ values: [ratio = 0] }) => ratio > 0));
  });

  it('measures when orders are answered, have ended and can be seen, at each load', () => {
    const latencies = sectionOf('latency')?.latencies ?? [];
    assert.deepEqual(
      latencies.map(({ load }) => load),
      [0.25, 0.5, 0.75],
    );
    for (const { times, refused } of latencies) {
      assert.equal(refused, 0);
      for (const time of Object.values(times)) assert.ok((time?.count ?? 0) > 0);
    }
  });

  it('looks at what ends while it is placed', () => {
    const [{ rates } = { rates: [] }] = sectionOf('soak')?.series ?? [];
    assert.ok(rates.length > 10 && rates.some((rate) => rate > 0), String(rates));
  });

  it('tells with what settings it was measured, as the servers have them', () => {
    const settings = sectionOf('hot-spots')?.settings ?? {};
    assert.match(settings.PostgreSQL ?? '', /fsync=on.*synchronous_commit=on/);
    assert.match(settings.NATS ?? '', /sync_interval: always/);
    assert.match(settings.Elasticsearch ?? '', /-Xmx512m/);
  });

  it('audits the system after each section, and finds nothing', () => {
    for (const { audits } of sections) {
      assert.ok(audits[0] && audits[0].orders > 0 && audits[0].checked.length > 10);
      assert.deepEqual(audits[0].skipped, {});
    }
  });

  it('makes a page of it', () => {
    const performance = sections.reduce<Performance | undefined>(withSection, undefined);
    assert.ok(performance);
    const page = filesOf(performance)['performance.md'] ?? '';
    assert.ok(page.includes('one SKU for all orders, against the usual load'));
    assert.ok(!/NaN|undefined|Infinity/.test(page));
  });
});
