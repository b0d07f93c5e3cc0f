/**
 * From a call's bytes to its answer, the same for every method: is the server open (gate), does anybody still wait
 * (deadline), is there room (shed, limit), is the request right (check); only then is it decoded and handled. What a handler
 * throws becomes a status here and nowhere else; each call leaves one line in the log, at debug.
 */
import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js';
import type { OrderlogError } from '../errors.ts';
import type { Logger } from '../logging.ts';
import { answerableError } from './answerable.ts';
import { type CallLife, followCall, type RawCall, refuseIfOver, traceparentOf } from './call.ts';
import type { Limit } from './limit.ts';
import { pump } from './pump.ts';
import {
  anyCodec,
  type CallInfo,
  encodedBytes,
  type MethodDefinition,
  type StreamHandler,
  type UnaryHandler,
} from './service.ts';
import { toServiceError } from './status.ts';
import type { RequestCheck } from './validation.ts';

/** What every method of a server shares. */
export interface HandlerContext {
  readonly logger: Logger;
  /** Why no call is taken now; undefined: calls are taken. */
  readonly gate: () => OrderlogError | undefined;
  readonly limit: Limit;
  /** Why the start of a saga with this deadline is not taken now. */
  readonly shed?: (deadline: Date | undefined) => OrderlogError | undefined;
}

/** One method: how it is defined, checked and called. */
export interface MethodSpec {
  readonly definition: MethodDefinition;
  /** Full name. */
  readonly name: string;
  /** Shed first. */
  readonly startsSaga: boolean;
  readonly check: RequestCheck;
}

/** The ids a request names (`requestId`, ...), for the log. */
function idsOf(request: unknown): Record<string, string> {
  const entries = Object.entries(request ?? {});
  return Object.fromEntries(
    entries.filter(([key, value]) => key.endsWith('Id') && typeof value === 'string'),
  );
}

/** One call on its way: what its handler gets, and what the log says in the end. */
interface Running {
  readonly request: unknown;
  readonly call: CallInfo;
}

function begin(
  context: HandlerContext,
  spec: MethodSpec,
  raw: RawCall & { request: Buffer },
  life: CallLife,
): Running {
  const closed = context.gate();
  if (closed) throw closed;
  refuseIfOver(life);
  const shed = spec.startsSaga && context.shed?.(life.deadline);
  if (shed) throw shed;
  context.limit.enter(spec.startsSaga);
  try {
    const fingerprint = spec.check(raw.request);
    const request = spec.definition.requestDeserialize(raw.request);
    const { metadata } = raw;
    const { signal, deadline } = life;
    const traceparent = traceparentOf(metadata);
    const { name: method, startsSaga } = spec;
    const what = { caller: 'anonymous', method, startsSaga, fingerprint, requestBytes: raw.request.length };
    return { request, call: { ...what, deadline, signal, traceparent, metadata } };
  } catch (error) {
    context.limit.leave();
    throw error;
  }
}

/** Runs one call from its first check to its log line; the answer itself is sent by `handle`, a failure by `refuse`. */
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
  try {
    running = begin(context, spec, raw, life);
    await handle(running);
  } catch (thrown) {
    const wasAborted = life.signal.aborted && (thrown as Error | undefined)?.name === 'AbortError';
    refusal = answerableError(context.logger, spec.name, wasAborted ? life.signal.reason : thrown);
  } finally {
    if (running) context.limit.leave();
    life.settle();
  }
  context.logger.debug(
    {
      method: spec.name,
      ...idsOf(running?.request),
      code: refusal?.code ?? 'OK',
      reason: refusal?.reason,
      fields: refusal?.violations.length ? refusal.violations.map(({ field }) => field) : undefined,
      traceparent: running?.call.traceparent,
      durationMs: Math.round(performance.now() - startedAt),
    },
    'call',
  );
  return refusal;
}

/** The grpc-js handler of a unary method. */
export function unaryHandler(context: HandlerContext, spec: MethodSpec, handler: UnaryHandler) {
  const { responseSerialize } = anyCodec(spec.definition);
  return async (raw: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): Promise<void> => {
    let bytes: Buffer | undefined;
    const refusal = await run(context, spec, raw, followCall(raw), async ({ request, call }) => {
      const response = await handler(request, call);
      const encoded = encodedBytes(response);
      bytes = encoded ? Buffer.from(encoded) : responseSerialize(response);
    });
    if (refusal) answer(toServiceError(refusal));
    else answer(null, bytes);
  };
}

/** The grpc-js handler of a server-streaming method. `openStreams` holds the calls that a shutdown has to end. */
export function streamHandler(
  context: HandlerContext,
  spec: MethodSpec,
  handler: StreamHandler,
  openStreams: Set<CallLife>,
) {
  const { responseSerialize } = anyCodec(spec.definition);
  return async (raw: ServerWritableStream<Buffer, Buffer>): Promise<void> => {
    const life = followCall(raw);
    openStreams.add(life);
    const refusal = await run(context, spec, raw, life, ({ request, call }) =>
      pump(handler(request, call), raw, call.signal, responseSerialize),
    );
    openStreams.delete(life);
    if (raw.cancelled) return;
    if (refusal) raw.emit('error', toServiceError(refusal));
    else raw.end();
  };
}
