/** How a log line names the trace that it belongs to, as OpenTelemetry's log correlation has it. */
import { parseTraceparent, type TraceContext } from './traceContext.ts';
import { currentTrace } from './tracer.ts';

export type TraceIds = { readonly trace_id: string; readonly span_id: string };

const idsOf = ({ traceId, spanId }: TraceContext): TraceIds => ({ trace_id: traceId, span_id: spanId });

/** Of what a line is about; nothing where it belongs to no trace. */
export function traceIdsOf(traceparent: string | undefined): Partial<TraceIds> {
  const context = parseTraceparent(traceparent);
  return context ? idsOf(context) : {};
}

/** Of what is being done; nothing outside of a span. */
export function currentTraceIds(): Partial<TraceIds> {
  const context = currentTrace();
  return context ? idsOf(context) : {};
}
