import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { projectFolder } from '../../../../cli/start/serviceParts.ts';
import type { Performance } from '../../figures.ts';
import { FIGURES_FILE } from '../page.ts';
import { performanceOf } from '../performance.testing.ts';
import { type Basics, basicsOf } from './basics.ts';
import { SCALE_FILE, scalePage } from './page.ts';
import { clusterFor, limits, totalOf } from './reckon.ts';

const docs = join(projectFolder, 'docs');

function measured(): Basics {
  const basics = basicsOf(performanceOf());
  assert.ok(basics);
  return basics;
}

describe('the reckoning from one machine to a cluster', () => {
  it('begins with what was measured', () => {
    const basics = measured();
    assert.equal(basics.ordersPerSecond, 620);
    assert.equal(basics.cpuMs.postgres, 0.8);
    // Between 1,000 and 10,000 orders.
    assert.equal(basics.logBytes, 4_000);
    assert.equal(basics.databaseBytes.order, 3_000);
  });

  it('begins with nothing where something was not measured', () => {
    const { sections, ...all } = performanceOf();
    for (const id of ['all-in', 'stages', 'growth'])
      assert.equal(
        basicsOf({ ...all, sections: sections.filter((section) => section.id !== id) }),
        undefined,
      );
  });

  it('puts first what is full first', () => {
    const rates = limits(measured()).map(({ ordersPerSecond }) => ordersPerSecond);
    assert.deepEqual(
      rates,
      rates.toSorted((a, b) => a - b),
    );
    assert.ok(rates.every((rate) => rate > 0));
  });

  it('takes in proportion to the orders, and more cells beyond one', () => {
    const [small, large] = [clusterFor(measured(), 1_000), clusterFor(measured(), 1_000_000)];
    assert.equal(small.cells, 1);
    assert.equal(large.cells, 10);
    assert.ok(Math.abs(totalOf(large.cores) / totalOf(small.cores) - 1_000) < 1e-6);
    assert.ok(Math.abs(totalOf(large.dollarsPerMonth) / totalOf(small.dollarsPerMonth) - 1_000) < 1e-6);
  });

  it('never splits a partition', () => {
    const slow: Basics = { ...measured(), relayEventsPerSecond: 100 };
    assert.equal(clusterFor(slow, 100_000).streams.ORDERS, 256);
  });

  it('makes a page of figures, and of nothing else', () => {
    const page = scalePage(performanceOf()) ?? '';
    assert.ok(page.includes('10,000,000 orders/s'));
    assert.ok(!/NaN|undefined|Infinity|e\+/.test(page));
  });

  it('is current where it is published', () => {
    const figures = join(docs, FIGURES_FILE);
    const kept = existsSync(figures)
      ? scalePage(JSON.parse(readFileSync(figures, 'utf8')) as Performance)
      : undefined;
    const page = join(docs, SCALE_FILE);
    const published = existsSync(page) ? readFileSync(page, 'utf8') : undefined;
    assert.equal(published, kept, `docs/${SCALE_FILE} is stale: npm run bench -- --report`);
  });
});
