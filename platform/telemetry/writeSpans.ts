/** The spans of a service with a write side, put around its parts: commands, batches, publishes, fetches and calls. */
import type { CommandQueue } from '../commandQueue.ts';
import type { Batch } from '../consume/consumer.ts';
import type { StoredEvent } from '../events.ts';
import type { TaskHandler } from '../taskWorker.ts';
import { beginBatch, type StepFacts, stepSpan, type Traced } from './eventSpans.ts';
import type { Observe } from './observe.ts';
import {
  batchSpan,
  childSpan,
  currentTraceparent,
  isTracing,
  MAX_LINKS,
  type OpenSpan,
  outside,
  SpanKind,
} from './tracer.ts';

/** Commits under way, by the context that their events get: the flush that they go into points at them, and they at it. */
type OpenCommits = Map<string, OpenSpan>;

/** A queue whose commands are traced from their submission to their answer. `stream`: where their events go. */
export function tracedQueue<S, C>(
  queue: CommandQueue<S, C>,
  stream: string,
  commits: OpenCommits,
): CommandQueue<S, C> {
  const facts: StepFacts = { step: 'commit', stream, kind: SpanKind.PRODUCER };
  return {
    ...queue,
    async submit(submission) {
      const { traceparent, ...untraced } = submission;
      if (traceparent === undefined) return queue.submit(submission);
      const span = stepSpan(facts, traceparent);
      // A context that nobody records is not kept with the events.
      if (!span) return queue.submit(untraced);
      commits.set(span.traceparent, span);
      let failure: unknown;
      try {
        return await outside(() => queue.submit({ ...untraced, traceparent: span.traceparent }));
      } catch (error) {
        failure = error;
        throw error;
      } finally {
        commits.delete(span.traceparent);
        span.end(failure);
      }
    },
  };
}

/** Batches of commands: within the fetch that they are of, or one beside the commands that came by rpc. */
export const traceBatches =
  (source: string, commits: OpenCommits): Observe<readonly Traced[], unknown> =>
  (envelopes) => {
    const span = isTracing() ? beginFlush(source, envelopes) : undefined;
    if (!span) return ignore;
    for (const { traceparent } of envelopes.slice(0, MAX_LINKS)) {
      if (traceparent !== undefined) commits.get(traceparent)?.link(span.traceparent);
    }
    return (ended) => span.end('error' in ended ? ended.error : undefined);
  };

function beginFlush(source: string, envelopes: readonly Traced[]): OpenSpan | undefined {
  const attributes = { 'orderlog.batch.source': source, 'orderlog.batch.commands': envelopes.length };
  const within = currentTraceparent();
  if (within !== undefined) return childSpan('flush', within, { attributes });
  const links = envelopes.flatMap(({ traceparent }) => traceparent ?? []);
  return batchSpan('flush', { attributes, links });
}

const ignore = (): void => undefined;

/** Batches of events that go into the log. */
export const tracePublishes =
  (stream: string): Observe<readonly StoredEvent[]> =>
  (events) => {
    const step = beginBatch({ step: 'publish', stream, kind: SpanKind.PRODUCER }, events);
    return step ? (ended) => step.end('error' in ended ? ended.error : undefined) : ignore;
  };

/** A fetch: what follows from an event goes on from the span of its handling. */
export function tracedHandle(
  consumer: string,
  handle: (batch: Batch) => Promise<void>,
): (batch: Batch) => Promise<void> {
  return async (batch) => {
    const { stream, messages } = batch;
    const facts: StepFacts = { step: 'process', stream, kind: SpanKind.CONSUMER, consumer };
    const step = beginBatch(facts, messages);
    if (!step) return handle(batch);
    const followed = messages.map((message) => {
      const span = step.spans.get(message);
      return span ? { ...message, traceparent: span.traceparent } : message;
    });
    const work = () => handle({ ...batch, messages: followed });
    try {
      await (step.batch ? step.batch.run(work) : work());
      step.end();
    } catch (error) {
      step.end(error);
      throw error;
    }
  };
}

/** A call to the outside, in the trace of the event that asked for it; its result goes on from it. */
export const tracedCall =
  <S, C>(kind: string, handler: TaskHandler<S, C>): TaskHandler<S, C> =>
  async (task, signal) => {
    const attributes = { 'orderlog.task.kind': kind, 'orderlog.task.attempt': task.attempts };
    const span = childSpan(`call ${kind}`, task.traceparent, { kind: SpanKind.CLIENT, attributes });
    if (!span) return handler(task, signal);
    try {
      const result = await span.run(() => handler(task, signal));
      if ('command' in result) {
        span.end();
        return { ...result, traceparent: span.traceparent };
      }
      span.end(new Error('no definite answer'));
      return result;
    } catch (error) {
      span.end(error);
      throw error;
    }
  };
