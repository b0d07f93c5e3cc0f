/** What the routes share: the call that a query or command gets, and the answers for methods that a path does not have. */
import type { FastifyInstance, FastifyRequest, HTTPMethods } from 'fastify';
import { CALLER_GONE } from '../../platform/callerGone.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { QueryCall } from '../queries/freshness.ts';
import { callerOf } from './access.ts';
import { traceparentOf } from './spans.ts';

/** HTTP has no deadlines: what a request may take in all. */
const REQUEST_TIMEOUT_MS = 10_000;

/** The call on whose behalf services are asked; it ends when the client goes away. */
export function callOf(request: FastifyRequest): QueryCall {
  const { owner, bearer } = callerOf(request);
  return {
    owner,
    bearer,
    deadline: new Date(Date.now() + REQUEST_TIMEOUT_MS),
    signal: goneSignal(request),
    traceparent: traceparentOf(request),
  };
}

/** The request's, with a reason that is no fault. */
function goneSignal({ signal }: FastifyRequest): AbortSignal {
  const gone = new AbortController();
  const end = () => gone.abort(CALLER_GONE);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return gone.signal;
}

const NEVER = new AbortController().signal;

/** The same for a command: a client that goes away does not stop it, and may ask again under the same key. */
export function commandCallOf(request: FastifyRequest): QueryCall {
  return { ...callOf(request), signal: NEVER };
}

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Answers every other method of a path with 405 and what is allowed; call it after the path's routes. */
export function refuseOtherMethods(app: FastifyInstance, url: string): void {
  const allowed = METHODS.filter((method) => app.hasRoute({ method, url }));
  app.route({
    method: METHODS.filter((method) => !allowed.includes(method)),
    url,
    config: { rule: 'open' },
    // Before the body is read, which may be of any type.
    onRequest: async (request, reply) => {
      reply.header('allow', allowed.join(', '));
      const message = `${request.method} is not possible here: use ${allowed.join(' or ')}`;
      throw new OrderlogError('UNIMPLEMENTED', 'METHOD_NOT_ALLOWED', message);
    },
    handler: async () => undefined,
  });
}

/** A header that may be given once. */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
