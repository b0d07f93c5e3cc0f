/** Judges a page's accessibility by axe-core's rules, all of them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const source = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

export async function assertAccessible(page: Page): Promise<void> {
  // As the debugger does it: the page's own policy lets in no script of others.
  await page.evaluate(source);
  const { violations } = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] })`,
  )) as AxeResults;
  const told = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
  assert.deepEqual(told, [], `accessibility of ${page.url()}`);
}

/** The page itself never scrolls sideways. */
export async function assertFits(page: Page): Promise<void> {
  const beyondPx = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  assert.equal(beyondPx, 0, `${page.url()} is wider than the screen`);
}
