import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { ARCHITECTURE_NAMES } from '../../../cli/architectures.ts';
import { projectFolder } from '../../../cli/start/serviceParts.ts';
import type { Comparison } from '../figures.ts';
import { FIGURES_FILE, FULL_FOLDER } from '../folders.ts';
import { comparisonOf } from './comparison.testing.ts';
import { filesOf } from './page.ts';

const committed = join(projectFolder, FULL_FOLDER);

describe('the page of a comparison', () => {
  const files = filesOf(comparisonOf());
  const page = files['README.md'] ?? '';

  it('tells every architecture, criterion and setting', () => {
    for (const name of ARCHITECTURE_NAMES) assert.ok(page.includes(`| ${name} |`), name);
    for (const word of ['scalability', 'amount of code', '`ORDERLOG_READS=projection`']) {
      assert.ok(page.includes(word), word);
    }
  });

  it('has tables whose rows are all as long as their heads', () => {
    for (const table of page.split('\n\n').filter((part) => part.startsWith('|'))) {
      const lengths = table.split('\n').map((line) => line.replaceAll('\\|', '').split('|').length);
      assert.equal(new Set(lengths).size, 1, table);
    }
  });

  it('shows its plots, and asks nobody for anything', () => {
    const plots = Object.keys(files).filter((name) => name.endsWith('.svg'));
    assert.ok(plots.length >= 5);
    for (const name of plots) assert.ok(page.includes(`](${name})`), name);
    const addresses = (files['index.html'] ?? '').match(/(src|href|url\()[^>]*/g);
    assert.equal(addresses, null);
    for (const text of Object.values(files)) assert.ok(!/NaN|undefined|Infinity/.test(text));
  });

  it('says that the machine was busy, if it was', () => {
    const quiet = comparisonOf();
    const busy = { ...quiet, machine: { ...quiet.machine, loadBefore: 3 } };
    assert.ok(!page.includes('busy'));
    assert.ok(filesOf(busy)['README.md']?.includes('busy with other things'));
  });

  it('is made of the figures alone: kept and read again they make the same', () => {
    const kept = JSON.parse(files[FIGURES_FILE] ?? '') as Comparison;
    assert.deepEqual(filesOf(kept), files);
  });

  it('is current where it is published', () => {
    assert.ok(existsSync(committed), `${FULL_FOLDER} is missing: npm run compare`);
    const comparison = JSON.parse(readFileSync(join(committed, FIGURES_FILE), 'utf8')) as Comparison;
    const made = filesOf(comparison);
    assert.deepEqual(readdirSync(committed).sort(), Object.keys(made).sort());
    for (const [name, text] of Object.entries(made)) {
      assert.equal(
        readFileSync(join(committed, name), 'utf8'),
        text,
        `${name} is stale: npm run compare -- --render`,
      );
    }
  });
});
