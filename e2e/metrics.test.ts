/** What every process tells of itself, held against docs/metrics.md, which is made of the same catalogues. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { addressesOf, type ProcessName } from '../cli/addresses.ts';
import { processes } from '../deploy/processes.ts';
import { ended, orderOf } from './support/orders.ts';
import { type System, system } from './support/system.ts';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SAMPLE = /^(?<name>[a-z_:0-9]+)(?:\{(?<labels>.*)\})? (?<value>\S+)$/;
const OF_NODE = /^(nodejs|process)_/;
const IDS = /[0-9a-f]{8}-[0-9a-f]{4}|SKU-|ada/;
/** Of one metric: methods times codes times buckets is the most that there is. */
const MAX_SERIES = 1_500;

const sampleOf = (line: string): Sample => {
  const { name = '', labels = '', value = '' } = SAMPLE.exec(line)?.groups ?? {};
  assert.notEqual(name, '', line);
  const pairs = [...labels.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, label, text]) => [label, text]);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
};

describe('the figures of', function () {
  this.timeout(300_000);
  let it_: System;
  before(async () => {
    it_ = await system();
    await ended(it_.orders, (await it_.orders.placeOrder(orderOf())).orderId);
  });

  const adminOf = (name: string) => addressesOf(it_.local.portBase).admin[name as ProcessName];

  async function scrape(name: string): Promise<{ told: ReadonlySet<string>; samples: readonly Sample[] }> {
    const response = await fetch(`http://${adminOf(name)}/metrics`);
    assert.equal(response.status, 200);
    const lines = (await response.text()).split('\n').filter((line) => line !== '');
    const told = lines.flatMap((line) => (line.startsWith('# TYPE ') ? (line.split(' ')[2] ?? []) : []));
    return { told: new Set(told), samples: lines.filter((line) => !line.startsWith('#')).map(sampleOf) };
  }

  for (const { name, metrics } of processes) {
    it(`${name} are those that are documented, with their labels, and few`, async () => {
      const { told, samples } = await scrape(name);
      const own = [...told].filter((each) => !OF_NODE.test(each));
      assert.deepEqual(own.sort(), metrics.map((each) => each.name).sort());
      assert.ok(told.has('nodejs_eventloop_lag_p99_seconds'));
      for (const spec of metrics) {
        const suffixed = new RegExp(`^${spec.name}(_bucket|_sum|_count)?$`);
        const ours = samples.filter((sample) => suffixed.test(sample.name));
        assert.ok(ours.length <= MAX_SERIES, `${spec.name}: ${ours.length} series`);
        const known = ['process', 'le', ...Object.keys(spec.labels)];
        for (const { labels } of ours) {
          assert.deepEqual(
            Object.keys(labels).filter((label) => !known.includes(label)),
            [],
            spec.name,
          );
          assert.equal(labels.process, name);
          assert.doesNotMatch(Object.values(labels).join(' '), IDS);
        }
      }
    });
  }

  it('a service tell of what it did', async () => {
    await it_.until(async () => {
      const { samples } = await scrape('order');
      const sum = (name: string) =>
        samples.filter((each) => each.name === name).reduce((total, { value }) => total + value, 0);
      assert.ok(sum('orderlog_saga_duration_seconds_count') > 0);
      assert.ok(sum('orderlog_batch_commands_count') > 0);
      assert.ok(sum('orderlog_publish_events_sum') > 0);
      assert.equal(sum('orderlog_relay_leader'), 1);
      assert.ok(sum('orderlog_stream_bytes') > 0);
      assert.ok(sum('orderlog_stream_limit_bytes') > sum('orderlog_stream_bytes'));
      assert.equal(sum('orderlog_consumer_lag_events'), 0);
    });
  });

  it('and its log level is changed while it runs, and told', async () => {
    const at = `http://${adminOf('catalog')}/log-level`;
    const level = async (init?: RequestInit) => {
      const response = await fetch(at, init);
      const { level: told } = (await response.json()) as { level?: string };
      return [response.status, told] as const;
    };
    const put = (wanted: string) => ({ method: 'PUT', body: JSON.stringify({ level: wanted }) });
    const [, before] = await level();
    assert.deepEqual(await level(put('debug')), [200, 'debug']);
    assert.deepEqual(await level(), [200, 'debug']);
    assert.deepEqual(await level(put('loud')), [400, undefined]);
    assert.deepEqual(await level(put(before ?? 'info')), [200, before]);
  });
});
