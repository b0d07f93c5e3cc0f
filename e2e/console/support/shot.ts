/** Pictures for a person to look at, in a folder that git ignores. */
import type { Page } from 'playwright-core';

const FOLDER = '.screenshots';

export const shot = (page: Page, name: string): Promise<unknown> =>
  page.screenshot({ path: `${FOLDER}/${name}.png`, fullPage: true });
