import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { number } from '../../../compare/report/figure.ts';
import type { Performance } from '../../figures.ts';
import { performanceOf } from '../performance.testing.ts';
import { measured } from './basics.testing.ts';
import { basicsOf } from './basics.ts';
import { scalePage } from './page.ts';

/** Figures as `performanceOf` has them, with another write-ahead log an order at each size. */
function withWal(...bytes: readonly number[]): Performance {
  const { sections, ...all } = performanceOf();
  const grown = sections.map((section) => ({
    ...section,
    ...(section.growth && {
      growth: section.growth.map((each, at) => ({ ...each, walBytesPerOrder: bytes[at] ?? 0 })),
    }),
  }));
  return { ...all, sections: grown };
}

describe('what the reckoning begins with', () => {
  it('is what was measured', () => {
    const basics = measured();
    assert.equal(basics.ordersPerSecond, 620);
    assert.equal(basics.cpuMs.postgres, 0.8);
    // Between 1,000 and 10,000 orders.
    assert.equal(basics.logBytes, 4_000);
    assert.equal(basics.databaseBytes.order, 3_000);
  });

  it('is nothing where something was not measured', () => {
    const { sections, ...all } = performanceOf();
    for (const id of ['all-in', 'stages', 'growth'])
      assert.equal(
        basicsOf({ ...all, sections: sections.filter((section) => section.id !== id) }),
        undefined,
      );
  });

  it('is the most of the write-ahead log, whichever size had it, and the page tells the least beside it', () => {
    for (const [bytes, most, least] of [
      [[14_000, 36_000], 10_000, 1_000],
      [[36_000, 14_000], 1_000, 10_000],
    ] as const) {
      const performance = withWal(...bytes);
      assert.deepEqual(basicsOf(performance)?.wal, {
        most: { orders: most, bytes: 36_000 },
        least: { orders: least, bytes: 14_000 },
      });
      const page = scalePage(performance) ?? '';
      assert.ok(page.includes(`14,000 bytes with ${number(least)} orders behind it`));
      assert.ok(page.includes('With the least of the write-ahead log'));
    }
    const page = scalePage(withWal(14_000, 14_000)) ?? '';
    assert.ok(page.includes('was the same at each size') && !page.includes('With the least'));
  });
});
