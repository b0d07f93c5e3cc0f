import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ArchitectureName } from '../../../cli/architectures.ts';
import { COLUMN_NAMES, CRITERIA } from './article.ts';
import { claimVerdicts } from './claims.ts';
import { comparisonOf } from './comparison.testing.ts';
import { difference, type Figure, figureText, number } from './figure.ts';
import { measureOf } from './measures.ts';
import { type Agreement, verdictsOf } from './verdict.ts';

const at = (median: number, min = median, max = median): Figure => ({ median, min, max });

const criterion = (wanted: string) => {
  const found = CRITERIA.find(({ name }) => name === wanted);
  assert.ok(found);
  return found;
};

/** The verdict on write performance where architectures bring so many orders to their end in a second. */
function verdictOn(perSecond: Partial<Record<ArchitectureName, number>>) {
  const comparison = comparisonOf(({ architecture, capacity }) => ({
    capacity: { ...capacity, endedPerSecond: perSecond[architecture] ?? capacity.endedPerSecond },
  }));
  const [verdict] = verdictsOf(comparison, criterion('write performance'));
  assert.ok(verdict);
  return verdict;
}

describe('a difference between figures', () => {
  const cases: readonly [what: string, Figure, Figure, -1 | 0 | 1][] = [
    ['is one above a tenth', at(100), at(111), -1],
    ['goes both ways', at(111), at(100), 1],
    ['is none up to a tenth', at(100), at(110), 0],
    ['is none where the rounds reach one another', at(100, 90, 130), at(140, 125, 150), 0],
    ['is one where they do not', at(100, 90, 120), at(140, 125, 150), -1],
    ['is one against nothing', at(0), at(1), -1],
    ['is none between nothing and nothing', at(0), at(0), 0],
  ];
  for (const [what, a, b, expected] of cases) it(what, () => assert.equal(difference(a, b), expected));
});

describe('a verdict on what the article says', () => {
  it('agrees where the figures stand as the words do', () => {
    const verdict = verdictOn({ 'event sourcing': 40 });
    assert.equal(verdict.agreement, 'agrees' satisfies Agreement);
    assert.ok(verdict.pairs.every(({ pair }) => pair === 'seen'));
    assert.ok(COLUMN_NAMES.every((column) => verdict.columns[column]?.agrees));
  });

  it('sees nothing where figures do not differ and words do', () => {
    const { agreement, pairs, columns } = verdictOn({});
    const own = pairs.filter((pair) => pair.columns.includes('Event Sourcing'));
    assert.deepEqual(new Set(own.map(({ pair }) => pair)), new Set(['not seen']));
    assert.equal(columns['Event Sourcing']?.agrees, false);
    assert.equal(agreement, 'agrees in part', 'the other three have the same word, and the same figure');
  });

  it('disagrees where they stand the other way round', () => {
    const verdict = verdictOn({ 'event sourcing': 80, CQRS: 65, 'event sourcing + CQRS': 55 });
    assert.equal(verdict.agreement, 'disagrees');
    assert.ok(verdict.pairs.some(({ pair }) => pair === 'contradicted'));
  });

  it('leaves out what a word does not speak of', () => {
    const [byAnswer, byList] = verdictsOf(comparisonOf(), criterion('latency'));
    assert.equal(byAnswer?.columns.CQRS, undefined);
    assert.equal(byAnswer?.pairs.length, 3);
    assert.equal(byList?.pairs.length, 6);
  });

  it('says nothing where nothing was measured', () => {
    const [verdict] = verdictsOf(comparisonOf(), criterion('use'));
    assert.equal(verdict?.agreement, undefined);
  });

  for (const { name, words, order, judgedBy } of CRITERIA) {
    it(`${name}: knows the order of its words, and its measures`, () => {
      for (const { measure } of judgedBy) assert.ok(measureOf(measure));
      if (judgedBy.length === 0) return;
      for (const column of COLUMN_NAMES) assert.ok(order.flat().includes(words[column]), words[column]);
    });
  }
});

describe('what else the article says', () => {
  it('is judged by its rule', () => {
    const verdicts = claimVerdicts(
      comparisonOf(({ architecture, outage }) => ({
        outage: {
          ...outage,
          toAnswer: {
            count: 1,
            p50: 1,
            p90: 1,
            p95: 1,
            p99: 1,
            max: architecture === 'basic SAGA' ? 9_000 : 10,
          },
        },
      })),
    );
    const byClaim = new Map(verdicts.map(({ claim, agrees }) => [claim, agrees]));
    assert.equal(byClaim.get('The basic SAGA suffers from cascading failures'), true);
    assert.equal(byClaim.get('The basic SAGA has no history of changes'), true);
    assert.equal(byClaim.get('The read model follows within 100 to 500 ms'), false, 'it takes 4 ms');
  });

  it('is left open where it was not measured', () => {
    const verdicts = claimVerdicts({ runs: [] });
    assert.ok(verdicts.every(({ agrees }) => agrees === undefined));
  });
});

describe('a figure', () => {
  it('has the digits that mean something', () => {
    assert.deepEqual([0, 0.04567, 0.1046, 1.052, 2.345, 12.34, 123.4, 1_234.5, 1_234_567].map(number), [
      '0',
      '0.046',
      '0.105',
      '1.05',
      '2.3',
      '12.3',
      '123',
      '1,235',
      '1,234,567',
    ]);
  });
  it('says how far the rounds lie apart', () => {
    assert.equal(figureText(at(12, 11, 13)), '12 (11 to 13)');
    assert.equal(figureText(at(12)), '12');
    assert.equal(figureText(undefined), '–');
  });
});
