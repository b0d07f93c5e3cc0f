/** What both documents say of the project. */
import { readFileSync } from 'node:fs';
import type { Schema } from '../rest/route.ts';

const packageFile = new URL('../../package.json', import.meta.url);
const { version, license } = JSON.parse(readFileSync(packageFile, 'utf8')) as {
  readonly version: string;
  readonly license: string;
};

export const info = (title: string, description: string): Schema => ({
  title,
  version,
  description,
  license: { name: license, url: `https://spdx.org/licenses/${license}.html` },
});
