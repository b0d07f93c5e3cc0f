/**
 * The console: GET / and the files that its page loads. A page is a few modules as they stand in `app/`, which ask the public
 * REST and SSE routes, and nothing else. Files are asked for anew each time, and sent only where they have changed (ETag).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OrderlogError } from '../../platform/errors.ts';
import { consoleFiles, consolePage, type ServedFile } from './files.ts';
import { importMapHash, securityHeaders } from './headers.ts';

interface FileRoute {
  Params: { '*': string };
}

export function addConsole(app: FastifyInstance, orderAddress: string): void {
  const page = consolePage(orderAddress);
  const files = consoleFiles();
  const headers = securityHeaders(importMapHash(page.importMap));
  const answer = (request: FastifyRequest, reply: FastifyReply, { bytes, type, etag }: ServedFile) => {
    reply.headers({ ...headers, etag, 'cache-control': 'no-cache' });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type(type).send(bytes);
  };
  app.get('/', async (request, reply) => answer(request, reply, page));
  app.get<FileRoute>('/console/*', async (request, reply) => {
    const file = files.get(`/console/${request.params['*']}`);
    if (file) return answer(request, reply, file);
    reply.headers(headers);
    throw new OrderlogError('NOT_FOUND', 'UNKNOWN_ROUTE', 'the console has no such file');
  });
}
