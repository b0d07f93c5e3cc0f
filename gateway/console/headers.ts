/**
 * What a browser may do with the console's pages: load and ask from where they came from, and nothing else. No script or style
 * stands in a page, but for the import map, which a browser takes from nowhere else: it is allowed by its hash.
 */
import { createHash } from 'node:crypto';
import { pageHeaders } from '../rest/servedFile.ts';

export const importMapHash = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export const securityHeaders = (mapHash: string): Readonly<Record<string, string>> => ({
  ...pageHeaders({
    'script-src': `'self' ${mapHash}`,
    'font-src': "'self'",
    'worker-src': "'self'",
  }),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
});
