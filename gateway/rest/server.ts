/**
 * The gateway's HTTP side: routes, and one way for every failure to become problem+json.
 *
 * Bounds: those of every HTTP server (platform/http.ts), bodies, requests in progress and those of one caller (429 above); streams have a bound of their own. A
 * server that is draining takes no new connections, answers what it has begun, and closes idle connections at once.
 */
import { randomUUID } from 'node:crypto';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import type { Logger } from 'pino';
import { type Admit, admitAnybody } from '../../platform/access/admit.ts';
import type { RateLimit } from '../../platform/access/rateLimit.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { createLimit } from '../../platform/grpc/limit.ts';
import { boundServer, httpBounds, KEEP_ALIVE_MS, REQUEST_TIMEOUT_MS } from '../../platform/http.ts';
import { traceIdsOf } from '../../platform/telemetry/logIds.ts';
import type { Identity } from '../../platform/tls/certificates.ts';
import type { Watched } from '../../platform/tls/watchedFiles.ts';
import { MAX_BODY_BYTES } from '../config.ts';
import { addConsole } from '../console/serve.ts';
import { createDocuments } from '../documents/documents.ts';
import { addReferencePage } from '../documents/page.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { addAccess } from './access.ts';
import { answerClientError } from './clientErrors.ts';
import { refuseOtherHosts } from './expectedHost.ts';
import { httpsServerFactory } from './https.ts';
import { parseJson } from './json.ts';
import { type FieldNames, sendProblem } from './problems.ts';
import type { Gateway } from './route.ts';
import { refuseOtherMethods } from './routes.ts';
import { serve, urlOf } from './serve.ts';
import { beginRequestSpan, endRequestSpan, traceparentOf } from './spans.ts';
import { routes } from './table.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How a route's client spells fields that are not in the body. */
    fieldNames?: FieldNames;
    isStream?: boolean;
    /** The type alone, with nothing of it, is no body. */
    bodyOptional?: boolean;
  }
}

export interface RestOptions {
  readonly logger: Logger;
  readonly gateway: Gateway;
  /** Of the Order service, as the console names it. */
  readonly orderAddress: string;
  /** Unset: HTTP in the clear. */
  readonly https?: Watched<Identity> | undefined;
  /** Asked of each caller whether he may do that; unset: everybody may. */
  readonly admit?: Admit;
  /** Unset: requests of a caller are not counted. */
  readonly rate?: RateLimit | undefined;
  /** By which it may be asked where nobody needs a token, beside `localhost`. */
  readonly hostNames?: readonly string[];
  readonly maxBodyBytes?: number;
}

const MAX_REQUESTS = 2_000;

/** Not listening yet. */
export function createRestServer({
  logger,
  gateway,
  orderAddress,
  https,
  admit = admitAnybody,
  rate,
  hostNames = [],
  maxBodyBytes = MAX_BODY_BYTES,
}: RestOptions): FastifyInstance {
  const app = fastify({
    bodyLimit: maxBodyBytes,
    ...(https ? { serverFactory: httpsServerFactory(https) } : { http: httpBounds }),
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, fromFastify(error)),
  });
  boundServer(app.server);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async ({ routeOptions }: FastifyRequest, body: Buffer) =>
      body.length === 0 && routeOptions.config.bodyOptional ? undefined : parseJson(body),
  );
  app.setErrorHandler((error, request, reply) => answerError(logger, error, request, reply));
  app.setNotFoundHandler((request) => {
    const message = `there is no ${request.method} ${request.url.split('?')[0]} here: see /v1/orders`;
    throw new OrderlogError('NOT_FOUND', 'UNKNOWN_ROUTE', message);
  });
  boundRequests(app, logger, gateway.metrics);
  const isAuthenticated = admit !== admitAnybody;
  // It listens on loopback then (platform/access/settings.ts), and a browser is how strangers would come.
  if (!isAuthenticated) refuseOtherHosts(app, hostNames);
  addAccess(app, admit, rate);
  endConnectionsOnClose(app);
  const documents = createDocuments(routes);
  for (const route of routes) serve(app, { ...gateway, documents, routes }, route);
  addConsole(app, { orderAddress, isAuthenticated });
  const pages = ['/', ...addReferencePage(app)];
  for (const url of new Set([...routes.map(urlOf), ...pages])) refuseOtherMethods(app, url);
  return app;
}

function boundRequests(app: FastifyInstance, logger: Logger, metrics: Metrics): void {
  const limit = createLimit(MAX_REQUESTS, 'requests');
  app.addHook('onRequest', async (request, reply) => {
    const isStream = request.routeOptions.config?.isStream ?? false;
    const full = isStream ? undefined : limit.enter();
    const startedAt = performance.now();
    beginRequestSpan(request);
    reply.raw.once('close', () => {
      if (!isStream && !full) limit.leave();
      const { method, id } = request;
      // The route and not the path: whatever a client writes there stays out of the log.
      const route = request.routeOptions.url;
      const { statusCode: status } = reply;
      const durationMs = performance.now() - startedAt;
      const location = reply.getHeader('location');
      const shownMs = Math.round(durationMs);
      const about = { method, route, requestId: id, location, status, durationMs: shownMs };
      logger.debug({ ...about, ...traceIdsOf(traceparentOf(request)) }, 'request');
      endRequestSpan(request, status);
      metrics.http({ method, route, code: String(status), seconds: durationMs / 1_000 });
    });
    if (full) throw full;
  });
}

/** A kept connection whose request was in progress when the drain began would otherwise stay open, idle. */
function endConnectionsOnClose(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('connection', 'close');
  });
}

function answerError(
  logger: Logger,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const names = request.routeOptions.config?.fieldNames;
  if (error instanceof OrderlogError) return sendProblem(reply, error, names);
  if (isFastifyError(error)) return sendProblem(reply, fromFastify(error, request.routeOptions.bodyLimit));
  const errorId = randomUUID();
  logger.error(
    // Its route, as of every request: what a client writes into a path or a parameter may be anything.
    { errorId, err: error, method: request.method, route: request.routeOptions.url },
    'a request failed by a fault',
  );
  const message = `internal error; the gateway's log has it as ${errorId}`;
  return sendProblem(reply, new OrderlogError('INTERNAL', 'INTERNAL', message));
}

const isFastifyError = (error: unknown): error is FastifyError =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('FST_');

/** What fastify itself refuses. */
function fromFastify(
  { code, statusCode = 500, message }: FastifyError,
  maxBodyBytes = MAX_BODY_BYTES,
): OrderlogError {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const limit = `the body is too large: at most ${maxBodyBytes} bytes`;
    return new OrderlogError('INVALID_ARGUMENT', 'BODY_TOO_LARGE', limit);
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const type = 'the body must be JSON: send it with Content-Type: application/json';
    return new OrderlogError('INVALID_ARGUMENT', 'UNSUPPORTED_MEDIA_TYPE', type);
  }
  if (statusCode >= 500) return new OrderlogError('INTERNAL', 'INTERNAL', message);
  return new OrderlogError('INVALID_ARGUMENT', 'MALFORMED_REQUEST', message);
}
