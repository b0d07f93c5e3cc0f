/**
 * From a call's bytes to its answer, the same for every method: is it let in, may its caller do that (door.ts), is the request right (check); only
 * then is it decoded and handled. What a handler throws becomes a status here and nowhere else; each call leaves one line
 * in the log, at debug.
 */
import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js';
import { tokenExpired } from '../access/admit.ts';
import type { Caller } from '../access/caller.ts';
import { RATE_LIMITED } from '../access/rateLimit.ts';
import type { OrderlogError } from '../errors.ts';
import { isHidden } from '../redaction/values.ts';
import { traceIdsOf } from '../telemetry/logIds.ts';
import { answerableError } from './answerable.ts';
import { type CallLife, deadlineOf, endInTime, followCall, type RawCall, traceparentOf } from './call.ts';
import {
  type HandlerContext,
  letIn,
  type MethodSpec,
  type StreamContext,
  takeStreamPlace,
  takeUnaryPlace,
  type UnaryContext,
} from './door.ts';
import { pump } from './pump.ts';
import { anyCodec, type CallInfo, encodedBytes, type StreamHandler, type UnaryHandler } from './service.ts';
import { endCallSpan, serverSpan } from './spans.ts';
import { toServiceError } from './status.ts';

/** The ids a request names (`requestId`, ...), for the log, but for those of people. */
function idsOf(request: unknown): Record<string, string> {
  const entries = Object.entries(request ?? {});
  return Object.fromEntries(
    entries.filter(([key, value]) => key.endsWith('Id') && typeof value === 'string' && !isHidden(key)),
  );
}

/** One call on its way: what its handler gets, and what the log says in the end. */
interface Running {
  readonly request: unknown;
  readonly call: CallInfo;
}

function begin(
  spec: MethodSpec,
  raw: RawCall & { request: Buffer },
  life: CallLife,
  caller: Caller,
  traceparent: string | undefined,
): Running {
  const { bytes, fingerprint } = spec.check(raw.request);
  const request = spec.definition.requestDeserialize(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  );
  const { metadata } = raw;
  const { signal, deadline } = life;
  const { name: method, startsSaga } = spec;
  const what = { ...caller, method, startsSaga, fingerprint, requestBytes: raw.request.length };
  return { request, call: { ...what, deadline, signal, traceparent, metadata } };
}

/** Runs one call that was let in, from its check to its log line; the answer itself is sent by `handle`. */
async function run(
  context: HandlerContext,
  spec: MethodSpec,
  raw: RawCall & { request: Buffer },
  life: CallLife,
  handle: (running: Running) => Promise<void>,
): Promise<OrderlogError | undefined> {
  const startedAt = performance.now();
  let running: Running | undefined;
  let refusal: OrderlogError | undefined;
  const given = traceparentOf(raw.metadata);
  const span = serverSpan(spec.name, given);
  try {
    const caller = await letIn(context, spec.rule, raw);
    if (spec.definition.responseStream && caller.expiresAt) life.endAt(caller.expiresAt, tokenExpired);
    const begun = begin(spec, raw, life, caller, span?.traceparent ?? given);
    running = begun;
    await (span ? span.run(() => handle(begun)) : handle(begun));
  } catch (thrown) {
    const wasAborted = life.signal.aborted && (thrown as Error | undefined)?.name === 'AbortError';
    refusal = answerableError(context.logger, spec.name, wasAborted ? life.signal.reason : thrown);
  } finally {
    life.settle();
  }
  endCallSpan(span, refusal);
  tellCall(context, spec, refusal, startedAt, running);
  return refusal;
}

function tellCall(
  { logger, answered }: HandlerContext,
  { name: method }: MethodSpec,
  refusal: OrderlogError | undefined,
  startedAt: number,
  running?: Running,
): void {
  const tookMs = performance.now() - startedAt;
  answered?.({ method, code: refusal?.code ?? 'OK', seconds: tookMs / 1_000 });
  if (!logger.isLevelEnabled('debug')) return;
  const fields = refusal?.violations.length ? refusal.violations.map(({ field }) => field) : undefined;
  const outcome = {
    code: refusal?.code ?? 'OK',
    reason: refusal?.reason,
    fields,
    durationMs: Math.round(tookMs),
  };
  logger.debug(
    {
      method,
      // Who works here is named; a customer, whose subject is his customer_id, is not.
      caller: running?.call.owner === undefined ? running?.call.caller : 'a customer',
      ...idsOf(running?.request),
      ...outcome,
      ...traceIdsOf(running?.call.traceparent),
    },
    'call',
  );
}

/** The grpc-js handler of a unary method. */
export function unaryHandler(context: UnaryContext, spec: MethodSpec, handler: UnaryHandler) {
  const { responseSerialize } = anyCodec(spec.definition);
  return async (raw: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): Promise<void> => {
    const startedAt = performance.now();
    const deadline = deadlineOf(raw, context.maxCallMs);
    const place = takeUnaryPlace(context, spec, deadline, raw);
    if ('refusal' in place) {
      context.refusals.refuse(raw, () => {
        tellCall(context, spec, place.refusal, startedAt);
        answer(toServiceError(place.refusal));
      });
      return;
    }
    let bytes: Buffer | undefined;
    let isCut = false;
    // Its handler may heed no signal: its place is taken until it ends, but its caller is told in time.
    const life = followCall(raw, deadline, (reason) => {
      isCut = true;
      answer(toServiceError(reason));
    });
    const refusal = await run(context, spec, raw, life, async ({ request, call }) => {
      const response = await handler(request, call);
      const encoded = encodedBytes(response);
      bytes = encoded ? Buffer.from(encoded) : responseSerialize(response);
    });
    place.leave();
    if (isCut) return;
    if (refusal?.reason === RATE_LIMITED) {
      context.refusals.refuse(raw, () => answer(toServiceError(refusal)));
      return;
    }
    context.refusals.earn();
    if (refusal) answer(toServiceError(refusal));
    else answer(null, bytes);
  };
}

/** The grpc-js handler of a server-streaming method. `openStreams` holds the calls that a shutdown has to end. */
export function streamHandler(
  context: StreamContext,
  spec: MethodSpec,
  handler: StreamHandler,
  openStreams: Set<CallLife>,
) {
  const { responseSerialize } = anyCodec(spec.definition);
  return async (raw: ServerWritableStream<Buffer, Buffer>): Promise<void> => {
    const startedAt = performance.now();
    const place = takeStreamPlace(context, spec, raw);
    if ('refusal' in place) {
      tellCall(context, spec, place.refusal, startedAt);
      raw.emit('error', toServiceError(place.refusal));
      return;
    }
    const life = followCall(raw);
    endInTime(life, context.maxWatchMs);
    openStreams.add(life);
    const refusal = await run(context, spec, raw, life, ({ request, call }) =>
      pump(handler(request, call), raw, call.signal, responseSerialize),
    );
    openStreams.delete(life);
    place.leave();
    if (raw.cancelled) return;
    if (refusal) raw.emit('error', toServiceError(refusal));
    else raw.end();
  };
}
