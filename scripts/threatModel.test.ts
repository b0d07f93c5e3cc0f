import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { root } from './run.ts';

const page = readFileSync(join(root, 'docs', 'threat-model.md'), 'utf8');
const ITEMS = 10;
/** [`file`](../file) *title*: a test, or a group of tests. */
const REFERENCE = /\[`([^`]+\.test\.ts)`\]\(\.\.\/([^)]+)\) \*([^*]+)\*/g;
const TITLE = /\b(?:it|describe)\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)/g;

const referencesIn = (text: string) =>
  [...text.matchAll(REFERENCE)].map(([, shown = '', file = '', title = '']) => ({ shown, file, title }));

/** The titles of tests and of groups of tests, as they stand in a file. */
const titlesIn = (source: string): readonly string[] =>
  [...source.matchAll(TITLE)].map(([, ...spellings]) =>
    (spellings.find((each) => each !== undefined) ?? '').replaceAll(/\\(.)/g, '$1'),
  );

describe('the threat model', () => {
  it('names only tests that there are', () => {
    const missing = referencesIn(page).filter(({ shown, file, title }) => {
      const path = join(root, file);
      return shown !== file || !existsSync(path) || !titlesIn(readFileSync(path, 'utf8')).includes(title);
    });
    assert.deepEqual(missing, []);
    // None is written in a way in which it would be passed over.
    assert.equal(referencesIn(page).length, [...page.matchAll(/`[^`]+\.test\.ts`/g)].length);
  });

  it('has a section for each of the ten, with a test for each thing that it says is done', () => {
    const sections = page.split(/^## /m);
    for (let item = 1; item <= ITEMS; item += 1) {
      const section = sections.find((each) => each.startsWith(`API${item}: `));
      const points = (section ?? '').split(/^- /m).slice(1);
      assert.ok(points.length > 0, `API${item}`);
      const bare = points.filter((point) => referencesIn(point).length === 0);
      assert.deepEqual(bare, [], `API${item}`);
    }
  });

  it('would tell of a test that is gone', () => {
    const source = `describe("a caller's token", () => { it('is \\'right\\'', () => undefined); it(\`so\`) })`;
    assert.deepEqual(titlesIn(source), ["a caller's token", "is 'right'", 'so']);
    assert.deepEqual(referencesIn('[`a.test.ts`](../a.test.ts) *goes on; and on*;\nmore'), [
      { shown: 'a.test.ts', file: 'a.test.ts', title: 'goes on; and on' },
    ]);
  });
});
