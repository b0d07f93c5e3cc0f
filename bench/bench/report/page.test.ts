import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { withSection } from '../bench.ts';
import type { Performance, Section } from '../figures.ts';
import { FIGURES_FILE, filesOf, TITLES } from './page.ts';
import { performanceOf } from './performance.testing.ts';

describe('the page of the performance', () => {
  const files = filesOf(performanceOf());
  const page = files['performance.md'] ?? '';

  it('tells every section, and each ratio beside its target', () => {
    for (const title of Object.values(TITLES)) assert.ok(page.includes(`## ${title}`), title);
    for (const row of [
      '| against five statements | 0.13 (0.12 to 0.15) | at least 0.16 (0.11 is the least worth showing) | (✓) |',
      '| against the naive design | 8 (7 to 9) | at least 3 | ✓ |',
      '| memory of the largest service | 240 MB | below 200 MB | ✗ |',
      '| one customer | 1.01 | – | – |',
      '| Orderlog | 620 (600 to 650) | orders/s | 600, 650, 620 | callers 256 |',
    ])
      assert.ok(page.includes(row), row);
  });

  it('tells with what settings, on what file system and how', () => {
    for (const text of ['PostgreSQL `fsync=on`', 'data on ext4', '2 rounds.'])
      assert.ok(page.includes(text), text);
  });

  it('tells no quantile that hardly more than the slowest is above', () => {
    assert.ok(page.includes('| 50 %: 300/s | visible by id | 60 | 12.3 | 20 | – | 100 |'));
  });

  it('has the targets of all sections at its beginning, and only what has one', () => {
    const [targets = ''] = page.split('## ').filter((part) => part.startsWith('Targets'));
    assert.ok(targets.includes('relay \\| raw batches'));
    assert.ok(!targets.includes('one customer'));
    assert.ok(targets.includes('| stages | relay \\| raw batches'), targets);
    assert.ok(targets.includes('| 2026-01-02T03:04 | 0123456789ab |'), targets);
  });

  it('tells the circumstances, and that the audit was clean', () => {
    assert.ok(page.includes('at revision `0123456789ab` on 2 cores (Z80)'));
    assert.ok(page.includes('A quick run'));
    assert.ok(page.includes('nothing was broken: Orderlog: 12,345 orders, 2 invariants.'));
    assert.ok(!page.includes('busy'));
  });

  it('has tables whose rows are all as long as their heads, and nothing that is no number', () => {
    for (const table of page.split('\n\n').filter((part) => part.startsWith('|'))) {
      const lengths = table.split('\n').map((line) => line.replaceAll('\\|', '').split('|').length);
      assert.equal(new Set(lengths).size, 1, table);
    }
    for (const text of Object.values(files)) assert.ok(!/NaN|undefined|Infinity/.test(text));
  });

  it('shows its plots', () => {
    const plots = Object.keys(files).filter((name) => name.endsWith('.svg'));
    assert.ok(plots.length >= 5);
    for (const name of plots) assert.ok(page.includes(`](${name})`), name);
  });

  it('is made of the figures alone: kept and read again they make the same', () => {
    assert.deepEqual(filesOf(JSON.parse(files[FIGURES_FILE] ?? '') as Performance), files);
  });
});

describe('figures that are kept', () => {
  it('have a section in the place of the one that there was, and the others as they were', () => {
    const all = performanceOf();
    const [first, second, ...rest] = all.sections;
    assert.ok(first && second);
    const anew: Section = { ...second, notes: ['anew'] };
    assert.deepEqual(withSection(all, anew).sections, [first, anew, ...rest]);
    assert.deepEqual(withSection(withSection(undefined, second), first).sections, [first, second]);
  });
});
