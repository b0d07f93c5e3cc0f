import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { system } from '../e2e/support/system.ts';
import type { Result } from './case.ts';
import { eventsOf, readImage } from './image.ts';
import { wrongAnswers } from './plants/answers.testing.ts';
import type { Plant } from './plants/plant.testing.ts';
import { wrongProbes } from './plants/probes.testing.ts';
import { type GrpcProxy, type Meddle, passOn, proxyTo } from './plants/proxy.testing.ts';
import { wrongRefusals } from './plants/refusals.testing.ts';
import { wrongRepeats } from './plants/repeats.testing.ts';
import { wrongRequests } from './plants/requests.testing.ts';
import { explain } from './report/table.ts';
import { runContract } from './run.ts';
import { createStates, type States } from './states.ts';
import { closeTargets, rpcsOf, TARGET_NAMES, type TargetName, type Targets, targetsAt } from './targets.ts';

const START_MS = 180_000;
const RUN_MS = 120_000;
/** Enough of each suite to have all of them stand in every run of the tests; `npm run contract` takes all. */
const PER_SUITE = 3;

const plants = [...wrongRefusals, ...wrongRequests, ...wrongAnswers, ...wrongRepeats, ...wrongProbes];

describe('the contract suite', () => {
  const image = readImage();
  const proxies = new Map<TargetName, GrpcProxy>();
  let targets: Targets;
  let proxied: Targets;
  let states: States;

  before(async function () {
    this.timeout(START_MS);
    const { order, catalog, payment, gateway: query } = (await system()).addresses;
    targets = targetsAt(image, { order, catalog, payment, query });
    states = createStates(image, targets);
    for (const name of TARGET_NAMES) proxies.set(name, await proxyTo(targets[name].address));
    const addressOf = (name: TargetName) => proxies.get(name)?.address ?? '';
    proxied = targetsAt(image, {
      order: addressOf('order'),
      catalog: addressOf('catalog'),
      payment: addressOf('payment'),
      query: addressOf('query'),
    });
  });

  after(() => {
    if (targets) closeTargets(targets);
    if (proxied) closeTargets(proxied);
    for (const proxy of proxies.values()) proxy.close();
  });

  it('finds nothing wrong with the services, in at least 500 cases over every rpc and event', async function () {
    this.timeout(RUN_MS);
    const results = await runContract({
      image,
      targets,
      states,
      seed: 1,
      randomCases: 4,
      perSuite: PER_SUITE,
    });
    assert.deepEqual(explain(results), []);
    // Others may leave something out; of our own that would be a part that is gone.
    const gone = results.filter(({ verdict }) => verdict.kind === 'notOffered');
    assert.deepEqual(
      gone.map(({ subject, suite, name }) => `${subject}: ${suite}: ${name}`),
      [],
    );
    assert.ok(results.filter(({ verdict }) => verdict.kind === 'held').length >= 500);
    const subjects = new Set(results.map(({ subject }) => subject));
    for (const { title } of rpcsOf(targets)) assert.ok(subjects.has(title), title);
    for (const { typeName } of eventsOf(image)) assert.ok(subjects.has(typeName), typeName);
  });

  describe('finds an implementation that', () => {
    for (const plant of plants) {
      it(plant.what, async function () {
        this.timeout(RUN_MS);
        assert.deepEqual(explain(await judged(plant)), []);
        const found = failures(await judgedWith(plant));
        assert.ok(
          found.some((text) => plant.shows.test(text)),
          found.join('\n'),
        );
      });
    }
  });

  const judged = ({ target, subject, suite }: Plant) =>
    runContract({
      image,
      targets: proxied,
      states,
      seed: 1,
      randomCases: 0,
      suites: [suite],
      subjects: (each) => each.endsWith(subject) && (each.startsWith(`${target}: `) || !each.includes(': ')),
    });

  async function judgedWith(plant: Plant): Promise<readonly Result[]> {
    const { target, subject, meddle } = plant;
    const proxy = proxies.get(target);
    assert.ok(proxy);
    const onlyThere: Meddle = (call, forward) =>
      call.path.endsWith(subject) || call.path.includes(`${subject}/`)
        ? meddle(call, forward)
        : forward(call);
    proxy.meddle = onlyThere;
    try {
      return await judged(plant);
    } finally {
      proxy.meddle = passOn;
    }
  }

  const failures = (results: readonly Result[]) =>
    results.flatMap(({ verdict }) =>
      verdict.kind === 'failed' ? [`expected ${verdict.expected}, got ${verdict.got}`] : [],
    );
});
