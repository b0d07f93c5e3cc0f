/**
 * The console: GET / and the files that its page loads. A page is a few modules as they stand in `app/`, which ask the public
 * REST and SSE routes, and nothing else.
 */
import type { FastifyInstance } from 'fastify';
import { OrderlogError } from '../../platform/errors.ts';
import { sendFile } from '../rest/servedFile.ts';
import { consoleFiles, consolePage, type PageFacts } from './files.ts';
import { importMapHash, securityHeaders } from './headers.ts';

interface FileRoute {
  Params: { '*': string };
}

export function addConsole(app: FastifyInstance, told: PageFacts): void {
  const page = consolePage(told);
  const files = consoleFiles();
  const headers = securityHeaders(importMapHash(page.importMap));
  const config = { rule: 'open' } as const;
  app.get('/', { config }, async (request, reply) => sendFile(request, reply, page, headers));
  app.get<FileRoute>('/console/*', { config }, async (request, reply) => {
    const file = files.get(`/console/${request.params['*']}`);
    if (file) return sendFile(request, reply, file, headers);
    reply.headers(headers);
    throw new OrderlogError('NOT_FOUND', 'UNKNOWN_ROUTE', 'the console has no such file');
  });
}
