import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, describe, it } from 'mocha';
import { comparisonOf } from '../../bench/compare/report/comparison.testing.ts';
import { measureOf } from '../../bench/compare/report/measures.ts';
import { ARCHITECTURE_NAMES, type ArchitectureName } from '../architectures.ts';
import { adviceOf, adviceText } from './advice.ts';
import { costsOf, GROUNDS, groundsOf } from './evidence.ts';
import { interview } from './interview.ts';
import { lastComparison } from './lastComparison.ts';
import { answersOf, type Needs, QUESTION_KEYS } from './questions.ts';
import { walk } from './walk.ts';

/** Every combination of answers to all questions. */
const everyNeed = QUESTION_KEYS.reduce<Needs[]>(
  (all, key) => all.flatMap((needs) => answersOf(key).map((answer) => ({ ...needs, [key]: answer }))),
  [{}],
);

const recommended = (needs: Needs): ArchitectureName | undefined => {
  const way = walk(needs);
  return way.kind === 'end' ? way.architecture : undefined;
};

describe('the decision tree', () => {
  it('ends for all needs, and asks for nothing twice', () => {
    assert.equal(everyNeed.length, 3 * 2 * 3 * 2 * 2 * 2 * 2);
    for (const needs of everyNeed) {
      const way = walk(needs);
      assert.equal(way.kind, 'end', JSON.stringify(needs));
      const asked = way.answered.map(({ question }) => question);
      assert.equal(new Set(asked).size, asked.length);
      assert.ok(way.answered.every(({ why }) => why.length > 0));
    }
  });

  it('reaches each architecture', () => {
    const reached = new Set(everyNeed.map(recommended));
    assert.deepEqual([...reached].sort(), [...ARCHITECTURE_NAMES].sort());
  });

  it('says what it has to know next, until it knows enough', () => {
    const way = walk({ history: 'none', teams: 'one' });
    assert.deepEqual([way.kind, way.kind === 'question' && way.question], ['question', 'reads']);
  });

  it('holds to what the article advises', () => {
    for (const needs of everyNeed) {
      const name = recommended(needs);
      const isKept = name === 'event sourcing' || name === 'event sourcing + CQRS';
      assert.equal(
        isKept,
        needs.history === 'critical',
        'event sourcing, if history is critical and only then',
      );
      if (needs.history === 'critical' && needs.reads === 'light') assert.equal(name, 'event sourcing');
      if (needs.history === 'critical' && needs.reads === 'heavy' && needs.freshness !== 'immediate') {
        assert.equal(name, 'event sourcing + CQRS');
      }
      if (needs.history !== 'critical' && needs.reads === 'light') assert.match(name ?? '', /SAGA$/);
    }
    const simple = { history: 'none', reads: 'light', teams: 'one', workflow: 'simple' } as const;
    assert.equal(recommended({ ...simple, answer: 'accepted' }), 'optimised SAGA');
  });

  it('never recommends a read model to those who must read the very latest', () => {
    for (const needs of everyNeed.filter(({ freshness }) => freshness === 'immediate')) {
      assert.doesNotMatch(recommended(needs) ?? '', /CQRS/);
    }
  });

  it('recommends the simple saga where that is enough', () => {
    assert.equal(
      recommended({ history: 'none', reads: 'light', teams: 'one', answer: 'final', outage: 'may-wait' }),
      'basic SAGA',
    );
  });
});

describe('the evidence for a recommendation', () => {
  for (const name of ARCHITECTURE_NAMES) {
    it(`${name}: stands on measures that there are, against others`, () => {
      assert.ok(GROUNDS[name].length > 0);
      for (const { measure, than } of GROUNDS[name]) {
        assert.ok(measureOf(measure));
        assert.notEqual(than, name);
      }
    });
  }

  const withLists = (of: (name: ArchitectureName) => number) =>
    comparisonOf(({ architecture, reads }) => {
      const value = of(architecture);
      const latency = { count: 1, p50: value, p90: value, p95: value, p99: value, max: value };
      return { reads: { ...reads, list: { asked: 1, failed: 0, latency } } };
    });
  const listGround = (comparison: ReturnType<typeof comparisonOf>) =>
    groundsOf(comparison, 'CQRS').find(({ what }) => what.includes('customer’s orders'));

  it('says when figures speak for it, against it, or not at all', () => {
    const lists = (own: number) => withLists((name) => (name === 'CQRS' ? own : 10));
    assert.equal(listGround(lists(5))?.speaksFor, true);
    assert.equal(listGround(lists(20))?.speaksFor, false);
    assert.equal(listGround(lists(10))?.speaksFor, undefined);
  });

  it('tells what it costs more than the cheapest', () => {
    const costly = comparisonOf(({ architecture, processes }) => ({
      processes: architecture === 'CQRS' ? [...processes, ...processes] : processes,
    }));
    const processes = costsOf(costly, 'CQRS').find(({ what }) => what.includes('services and servers'));
    assert.deepEqual([processes?.figure, processes?.thanFigure], ['4', '2']);
    assert.deepEqual(costsOf(costly, 'basic SAGA'), []);
  });
});

describe('advice', () => {
  const needs: Needs = { history: 'none', reads: 'heavy', freshness: 'own', workflow: 'simple' };
  const adviceFor = (kept: Parameters<typeof adviceOf>[2]) => {
    const way = walk(needs);
    assert.ok(way.kind === 'end');
    return adviceText(adviceOf(way, needs, kept));
  };

  it('has reasons, figures, costs, and the line that runs it', () => {
    const text = adviceFor({ file: 'docs/x.json', comparison: comparisonOf() });
    assert.match(text, /^Recommended: CQRS /);
    assert.match(text, /reads heavy: /);
    assert.match(text, /makes no difference here: workflow/);
    assert.match(text, /2026-01-02, 2 rounds, docs\/x\.json/);
    assert.match(
      text,
      /^ {2}ORDERLOG_ORDER_SAGA_MODE=choreography ORDERLOG_ORDER_STORE=state ORDERLOG_READS=projection npm start$/m,
    );
  });

  it('does without figures where nothing was compared', () => {
    assert.match(adviceFor(undefined), /npm run compare/);
  });
});

describe('the interview', () => {
  it('asks only what makes a difference, and again what it does not understand', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    let shown = '';
    output.on('data', (chunk) => (shown += chunk));
    input.end('critical\nperhaps\n2\n');
    assert.deepEqual(await interview({}, input, output), { history: 'critical', reads: 'light' });
    assert.match(shown, /number from 1 to 2/);
    assert.doesNotMatch(shown, /teams/);
  });

  it('names the flag where the input ends', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    input.end('none\n');
    await assert.rejects(interview({}, input, output), /--reads heavy\|light/);
  });
});

describe('the last comparison', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orderlog-advise-'));
  const put = (place: string, text: string) => {
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(join(folder, place, 'comparison.json'), text);
  };
  after(() => rmSync(folder, { recursive: true }));

  it('is the newest of those that are there', () => {
    assert.equal(lastComparison(undefined, folder), undefined);
    put('docs/comparison', JSON.stringify({ ...comparisonOf(), time: '2026-03-01T00:00:00.000Z' }));
    put('.orderlog/comparison', JSON.stringify({ ...comparisonOf(), time: '2026-02-01T00:00:00.000Z' }));
    assert.equal(lastComparison(undefined, folder)?.file, 'docs/comparison/comparison.json');
  });

  it('must be one', () => {
    put('other', '{"format":2}');
    const file = join(folder, 'other', 'comparison.json');
    assert.throws(() => lastComparison(file), { reason: 'NO_COMPARISON' });
    assert.throws(() => lastComparison(join(folder, 'none.json')), { reason: 'NO_COMPARISON' });
  });
});
