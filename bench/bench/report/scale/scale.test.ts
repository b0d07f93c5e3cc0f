import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { projectFolder } from '../../../../cli/start/serviceParts.ts';
import { markdown } from '../../../compare/report/blocks.ts';
import type { Performance } from '../../figures.ts';
import { FIGURES_FILE } from '../page.ts';
import { performanceOf } from '../performance.testing.ts';
import { measured } from './basics.testing.ts';
import type { Basics } from './basics.ts';
import { pageOf, SCALE_FILE, scalePage } from './page.ts';

const docs = join(projectFolder, 'docs');
const sources = join(projectFolder, 'bench/bench/report/scale');

/** The same, each time with another figure of it doubled. */
function* doubled(value: unknown): Generator<unknown> {
  if (typeof value === 'number') yield value * 2;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value))
    for (const other of doubled(inner))
      yield Array.isArray(value) ? value.with(Number(key), other) : { ...value, [key]: other };
}

/** Texts and numbers that are typed into a source: what is computed in a text is taken out, and so are comments. */
function typedIn(source: string): { readonly texts: readonly string[]; readonly numbers: readonly string[] } {
  let code = source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const numbers: string[] = [];
  const note = (text: string) => numbers.push(...(text.match(/(?<![\w.])\d[\w.]*/g) ?? []));
  for (let before = ''; before !== code; ) {
    before = code;
    code = code.replaceAll(/\$\{([^{}]*)\}/g, (_, computed: string) => {
      note(computed);
      return '';
    });
  }
  const literal = /'[^'\n]*'|"[^"\n]*"|`[^`]*`/g;
  note(code.replaceAll(literal, ''));
  return { texts: code.match(literal) ?? [], numbers };
}

describe('the page from one machine to a cluster', () => {
  it('is made of figures, and of nothing else', () => {
    const page = scalePage(performanceOf()) ?? '';
    assert.ok(page.includes('10,000,000 orders/s'));
    assert.ok(!/NaN|undefined|Infinity|e\+/.test(page));
  });

  it('has each figure that was measured in it', () => {
    const basics: Basics = {
      ...measured(),
      wal: { least: { orders: 1_000, bytes: 10_000 }, most: { orders: 10_000, bytes: 12_000 } },
      sharing: [{ name: 'orders/s: 2 of each against one', ratio: 0.9 }],
    };
    const page = markdown(pageOf(basics));
    for (const other of [...doubled(basics)] as readonly Basics[])
      assert.notEqual(markdown(pageOf(other)), page, JSON.stringify(other));
  });

  it('has no number in it that is typed, but units and the assumptions that have a name', () => {
    const files = readdirSync(sources).filter((file) => !/\.test(ing)?\.ts$|^assumptions\.ts$/.test(file));
    assert.ok(files.includes('page.ts') && files.includes('conclusion.ts'));
    const units = ['0', '1', '2', '100', '1_000', '1e6', '1e9', '1e12'];
    for (const file of files) {
      const { texts, numbers } = typedIn(readFileSync(join(sources, file), 'utf8'));
      assert.deepEqual(
        texts.filter((text) => /\d/.test(text)),
        [],
        file,
      );
      assert.deepEqual(
        numbers.filter((each) => !units.includes(each)),
        [],
        file,
      );
    }
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
