/** An rpc that is a command: queued with its idempotency key, answered with the bytes that are remembered. */
import type { CommandQueue } from '../commandQueue.ts';
import type { Versioned } from '../writeModel.ts';
import { type CallInfo, type EncodedResponse, encodedResponse } from './service.ts';

/** The message that is answered, as ts-proto generates it. */
interface ResponseType<R> {
  encode(message: R): { finish(): Uint8Array };
}

/** One command on its way from a call into the queue. */
export interface CommandCall<S, C, R> {
  readonly command: C;
  /** The request's own id: a UUID in any spelling. */
  readonly requestId: string;
  readonly responseType: ResponseType<R>;
  /** The answer, from the state after the command. */
  readonly reply: (after: Versioned<S>) => R;
}

/** Submits it; the answer is there once the command is committed. Throws OrderlogError (see commandQueue.ts). */
export async function runCommand<S, C, R>(
  queue: CommandQueue<S, C>,
  call: CallInfo,
  { command, requestId, responseType, reply }: CommandCall<S, C, R>,
): Promise<EncodedResponse> {
  const { caller, method, fingerprint, signal, traceparent, requestBytes, startsSaga } = call;
  const bytes = await queue.submit({
    command,
    request: { caller, method, requestId, fingerprint },
    reply: (after) => responseType.encode(reply(after)).finish(),
    bytes: requestBytes,
    signal,
    traceparent,
    startsSaga,
  });
  return encodedResponse(bytes);
}
