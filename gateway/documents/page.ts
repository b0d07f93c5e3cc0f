/**
 * The reference page: GET /docs and the files that it loads, ours and those of swagger-ui-dist as they are in node_modules.
 * Nothing is loaded from elsewhere and no script stands in the page, so that it works offline and under a strict policy. Files
 * are read once, asked for anew each time, and sent only where they have changed (ETag).
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { FastifyInstance } from 'fastify';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
};

const own = (name: string): URL => new URL(`page/${name}`, import.meta.url);
const swagger = (name: string): URL => new URL(import.meta.resolve(`swagger-ui-dist/${name}`));

/** By the paths that the page gives them. */
const FILES: Readonly<Record<string, URL>> = {
  '/docs': own('index.html'),
  '/docs/docs.js': own('docs.js'),
  '/docs/docs.css': own('docs.css'),
  '/docs/swagger-ui.css': swagger('swagger-ui.css'),
  '/docs/swagger-ui-bundle.js': swagger('swagger-ui-bundle.js'),
  '/docs/favicon-32x32.png': swagger('favicon-32x32.png'),
};

const headers: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // swagger-ui draws its icons as data.
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/** Serves them; returns their paths. */
export function addReferencePage(app: FastifyInstance): readonly string[] {
  for (const [path, url] of Object.entries(FILES)) {
    const bytes = readFileSync(url);
    const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
    const type = TYPES[extname(url.pathname)] ?? 'application/octet-stream';
    app.get(path, async (request, reply) => {
      reply.headers({ ...headers, etag });
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type(type).send(bytes);
    });
  }
  return Object.keys(FILES);
}
