/** The spans of calls, after the conventions for RPC: one on each side of the wire. */
import { type ErrorCode, grpcStatusOf, type OrderlogError } from '../errors.ts';
import { childSpan, entrySpan, isTracing, type OpenSpan, SpanKind } from '../telemetry/tracer.ts';

/** Asked again and again by machines. */
const UNTRACED = 'grpc.';
/** A server's own fault; the others are its answer. */
const FAULTS: readonly ErrorCode[] = [
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
];

/** `method`: its full name, such as orderlog.order.v1.OrderService/PlaceOrder. */
const factsOf = (method: string, kind: SpanKind) => {
  const slash = method.indexOf('/');
  const attributes = {
    'rpc.system': 'grpc',
    'rpc.service': method.slice(0, slash),
    'rpc.method': method.slice(slash + 1),
  };
  return { kind, attributes };
};

export const serverSpan = (method: string, traceparent: string | undefined): OpenSpan | undefined =>
  isTracing() && !method.startsWith(UNTRACED)
    ? entrySpan(method, traceparent, factsOf(method, SpanKind.SERVER))
    : undefined;

/** Only within a trace: what a process asks by itself is no trace of its own. */
export const clientSpan = (method: string, traceparent: string | undefined): OpenSpan | undefined =>
  isTracing() && traceparent !== undefined
    ? childSpan(method, traceparent, factsOf(method, SpanKind.CLIENT))
    : undefined;

export function endCallSpan(span: OpenSpan | undefined, refusal: OrderlogError | undefined): void {
  if (!span) return;
  span.set({ 'rpc.grpc.status_code': refusal ? grpcStatusOf[refusal.code] : 0 });
  span.end(refusal && FAULTS.includes(refusal.code) ? refusal : undefined);
}
