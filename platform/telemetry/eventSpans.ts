/**
 * The spans of events on their way, after the conventions for messaging. The context that stands with an event is that of the
 * span within which it was brought about; whoever publishes or handles it adds a span to the same trace.
 *
 * What is done to many events at once is one span beside them, a trace of its own, that points at its members (at most
 * MAX_LINKS of them), as each of their spans points back at it.
 */
import { batchSpan, childSpan, isTracing, type OpenSpan, SpanKind } from './tracer.ts';

/** What a span needs to know of an event, or of a command. */
export interface Traced {
  readonly traceparent?: string | undefined;
}

export interface StepFacts {
  /** commit, publish, process, index. */
  readonly step: string;
  /** Of the log. */
  readonly stream: string;
  readonly kind: SpanKind;
  readonly consumer?: string;
}

const attributesOf = ({ step, stream, kind, consumer }: StepFacts) => ({
  'messaging.system': 'nats',
  'messaging.operation.name': step,
  'messaging.operation.type': kind === SpanKind.CONSUMER ? 'process' : 'send',
  'messaging.destination.name': stream,
  ...(consumer !== undefined && { 'messaging.consumer.group.name': consumer }),
});

/** One step of one event's way; undefined: its trace is not recorded. */
export const stepSpan = (
  facts: StepFacts,
  traceparent: string | undefined,
  links: readonly string[] = [],
): OpenSpan | undefined =>
  childSpan(`${facts.step} ${facts.stream}`, traceparent, {
    kind: facts.kind,
    attributes: attributesOf(facts),
    links,
  });

/** A step that is done to many at once. */
export interface BatchStep<M> {
  readonly batch: OpenSpan | undefined;
  /** By member. */
  readonly spans: ReadonlyMap<M, OpenSpan>;
  end(error?: unknown): void;
}

/** undefined: none of them is traced. */
export function beginBatch<M extends Traced>(
  facts: StepFacts,
  members: readonly M[],
): BatchStep<M> | undefined {
  if (!isTracing()) return undefined;
  const traced = members.filter(({ traceparent }) => traceparent !== undefined);
  if (traced.length === 0) return undefined;
  const links = traced.flatMap(({ traceparent }) => traceparent ?? []);
  const attributes = { ...attributesOf(facts), 'messaging.batch.message_count': members.length };
  const batch = batchSpan(`${facts.step} batch ${facts.stream}`, {
    kind: SpanKind.INTERNAL,
    attributes,
    links,
  });
  const back = batch ? [batch.traceparent] : [];
  const spans = new Map<M, OpenSpan>();
  for (const member of traced) {
    const span = stepSpan(facts, member.traceparent, back);
    if (span) spans.set(member, span);
  }
  return {
    batch,
    spans,
    end(error) {
      for (const span of spans.values()) span.end(error);
      batch?.end(error);
    },
  };
}
