/**
 * The reference page: GET /docs and the files that it loads, ours and those of swagger-ui-dist as they are in node_modules.
 * Nothing is loaded from elsewhere and no script stands in the page, so that it works offline and under a strict policy.
 */
import type { FastifyInstance } from 'fastify';
import { pageHeaders, sendFile, servedFile } from '../rest/servedFile.ts';

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

// swagger-ui draws its icons as data.
const headers = pageHeaders({ 'img-src': "'self' data:" });

/** Serves them; returns their paths. */
export function addReferencePage(app: FastifyInstance): readonly string[] {
  for (const [path, url] of Object.entries(FILES)) {
    const file = servedFile(url);
    app.get(path, { config: { rule: 'open' } }, async (request, reply) =>
      sendFile(request, reply, file, headers),
    );
  }
  return Object.keys(FILES);
}
