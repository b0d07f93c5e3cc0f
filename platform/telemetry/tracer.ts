/**
 * The spans of this process. Until tracing is started (exporting.ts) there are none, and asking for one costs a look at a
 * variable; the same holds for what is not sampled.
 *
 * Contexts travel as `traceparent` texts, beside what they belong to: calls, commands, events, tasks, messages. Inside a
 * span's work they are also at hand (`currentTrace`), for logs and for calls that are made on the way. Like the logger's
 * stdout the tracer is one a process and no parameter: what is traced must not depend on who happened to be handed one.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { redactedAttributes } from '../redaction/values.ts';
import { formatTraceparent, parseTraceparent, type TraceContext } from './traceContext.ts';

export { SpanKind } from '@opentelemetry/api';

/** A span under way. */
export interface OpenSpan {
  /** Of itself: what is brought about within it has this as its context. */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  /** Points at another span. */
  link(traceparent: string): void;
  /** Runs `work` within it: logs and outgoing calls name it. */
  run<T>(work: () => T): T;
  /** `error`: what it failed by. */
  end(error?: unknown): void;
}

export interface SpanFacts {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Others that it has to do with; all but the first MAX_LINKS are counted only. */
  readonly links?: readonly string[];
}

/** Links of one span: a batch of 500 points at some of its members. */
export const MAX_LINKS = 64;

let tracer: Tracer | undefined;
const current = new AsyncLocalStorage<TraceContext>();

/** From now on spans are made by this; undefined: none are. */
export function traceWith(given: Tracer | undefined): void {
  tracer = given;
}

/** Whether spans are made at all: what only prepares for them asks first. */
export const isTracing = (): boolean => tracer !== undefined;

/** The innermost span that this is done within. */
export const currentTrace = (): TraceContext | undefined => current.getStore();

/** The same, as text. */
export function currentTraceparent(): string | undefined {
  const context = current.getStore();
  return context && formatTraceparent(context);
}

/** Runs `work` outside of any span: what is begun here goes on for others too, or long after. */
export const outside = <T>(work: () => T): T => current.exit(work);

/** Begins where a request enters: within its caller's trace, or a new one if it names none. undefined: it is not sampled. */
export const entrySpan = (name: string, parent: string | undefined, facts: SpanFacts): OpenSpan | undefined =>
  tracer && begin(tracer, name, parent, facts);

/** Goes on with a trace; undefined: there is none, or it is not sampled. */
export const childSpan = (
  name: string,
  parent: string | undefined,
  facts: SpanFacts,
): OpenSpan | undefined => (tracer && parent !== undefined ? begin(tracer, name, parent, facts) : undefined);

/** One for work on many things at once, a trace of its own; `links` are their traces. undefined: none of them is sampled. */
export const batchSpan = (name: string, facts: SpanFacts & { readonly links: readonly string[] }) =>
  tracer && facts.links.length > 0 ? begin(tracer, name, undefined, facts) : undefined;

function begin(
  by: Tracer,
  name: string,
  parent: string | undefined,
  { kind = SpanKind.INTERNAL, attributes, links = [] }: SpanFacts,
): OpenSpan | undefined {
  const from = contextOf(parent);
  const context = from ? trace.setSpanContext(ROOT_CONTEXT, from) : ROOT_CONTEXT;
  const shown = links.slice(0, MAX_LINKS).flatMap(linkTo);
  const span = by.startSpan(name, { kind, links: shown }, context);
  if (attributes && span.isRecording()) span.setAttributes(redactedAttributes(attributes));
  return span.isRecording() ? opened(span) : undefined;
}

function contextOf(traceparent: string | undefined): SpanContext | undefined {
  const parsed = parseTraceparent(traceparent);
  if (!parsed) return undefined;
  const traceFlags = parsed.isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return { traceId: parsed.traceId, spanId: parsed.spanId, traceFlags, isRemote: true };
}

function linkTo(traceparent: string): Link[] {
  const context = contextOf(traceparent);
  return context ? [{ context }] : [];
}

function opened(span: Span): OpenSpan {
  const { traceId, spanId } = span.spanContext();
  const context: TraceContext = { traceId, spanId, isSampled: true };
  return {
    traceparent: formatTraceparent(context),
    set: (attributes) => void span.setAttributes(redactedAttributes(attributes)),
    link: (traceparent) => void span.addLinks(linkTo(traceparent)),
    run: (work) => current.run(context, work),
    end(error) {
      if (error !== undefined) {
        // Its type and not its words, which may hold what somebody sent.
        const type = error instanceof Error ? error.name : 'error';
        span.setAttribute('error.type', type);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}
