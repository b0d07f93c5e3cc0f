import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { codeLines } from './ranLines.ts';

const SOURCE = `/** What it is. */
import { a } from 'a';

export function used() {
  // why
  if (a) return 1;
  return 2;
}

function unused() {
  return 3;
}
`;

const range = (from: string, to: string, count: number) => {
  const startOffset = SOURCE.indexOf(from);
  return { startOffset, endOffset: SOURCE.indexOf(to, startOffset) + to.length, count };
};

describe('lines that ran', () => {
  const functions = [
    { ranges: [{ startOffset: 0, endOffset: SOURCE.length, count: 1 }] },
    { ranges: [range('function used', '2;\n}', 1), range('return 2;', ';', 0)] },
    { ranges: [range('function unused', '3;\n}', 0)] },
  ];

  it('are those of functions and branches that ran; blank lines and comments are none', () => {
    const { loaded, ran } = codeLines(SOURCE, { functions });
    assert.deepEqual([...loaded], [2, 4, 6, 7, 8, 10, 11, 12]);
    assert.deepEqual([...ran], [2, 4, 6, 8]);
  });

  it('are none of a script of which nothing ran', () => {
    const { ran } = codeLines(SOURCE, { functions: [] });
    assert.equal(ran.size, 0);
  });
});
