/** The spans of requests over REST, after the conventions for HTTP servers. */
import type { FastifyRequest } from 'fastify';
import { parseTraceparent } from '../../platform/telemetry/traceContext.ts';
import { entrySpan, isTracing, type OpenSpan, SpanKind } from '../../platform/telemetry/tracer.ts';

/** What people and programs ask for; not the console's files, nor probes. */
const TRACED = '/v1/';

const spans = new WeakMap<FastifyRequest, OpenSpan>();

/** Begins the span of a request; ended by `endRequestSpan`. */
export function beginRequestSpan(request: FastifyRequest): void {
  const route = request.routeOptions.url;
  if (!isTracing() || !route?.startsWith(TRACED)) return;
  const { method } = request;
  const attributes = { 'http.request.method': method, 'http.route': route, 'url.scheme': request.protocol };
  const facts = { kind: SpanKind.SERVER, attributes };
  const span = entrySpan(`${method} ${route}`, givenBy(request), facts);
  if (span) spans.set(request, span);
}

export function endRequestSpan(request: FastifyRequest, status: number): void {
  const span = spans.get(request);
  span?.set({ 'http.response.status_code': status });
  span?.end(status >= 500 ? new Error(String(status)) : undefined);
}

/** The context of a request's own span where it is traced, else as its client gave it. */
export const traceparentOf = (request: FastifyRequest): string | undefined =>
  spans.get(request)?.traceparent ?? givenBy(request);

function givenBy({ headers: { traceparent } }: FastifyRequest): string | undefined {
  return typeof traceparent === 'string' && parseTraceparent(traceparent) ? traceparent : undefined;
}
