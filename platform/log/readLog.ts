/**
 * Reads a range of a stream by direct batch gets: no consumer, no state at the server. What comes is checked to be
 * contiguous; a replica that lags may answer with less than there is, which is an error to try again.
 */
import type { Msg } from '@nats-io/nats-core';
import type { LogConnection } from './connection.ts';
import type { RawMessage } from './headers.ts';
import { LogMismatch } from './logMismatch.ts';

const MAX_MESSAGES = 500;
const MAX_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 5_000;

/** The messages `first` to `last`, in chunks. Throws LogMismatch if one is missing between two that are there. */
export async function* readRange(
  connection: LogConnection,
  stream: string,
  first: number,
  last: number,
): AsyncGenerator<readonly RawMessage[]> {
  for (let next = first; next <= last; ) {
    const chunk = await readChunk(connection, stream, next, Math.min(MAX_MESSAGES, last - next + 1));
    if (chunk.length === 0) throw new Error(`cannot read ${stream} from ${next}: there is no message`);
    chunk.forEach((message, index) => {
      if (message.sequence !== next + index) {
        throw new LogMismatch('LOG_HOLE', `message ${next + index} of ${stream} is missing`);
      }
    });
    next += chunk.length;
    yield chunk;
  }
}

/** What is left of the messages `first` to `last`, holes passed over, in chunks. */
export async function* readRemains(
  connection: LogConnection,
  stream: string,
  first: number,
  last: number,
): AsyncGenerator<readonly RawMessage[]> {
  for (let next = first; next <= last; ) {
    const chunk = await readChunk(connection, stream, next, Math.min(MAX_MESSAGES, last - next + 1));
    next = (chunk.at(-1)?.sequence ?? last) + 1;
    if (chunk.length > 0) yield chunk;
  }
}

/** Empty: there is none from there on. */
function readChunk(
  connection: LogConnection,
  stream: string,
  first: number,
  count: number,
): Promise<RawMessage[]> {
  const session = connection.session();
  session.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<RawMessage[]>();
  const messages: RawMessage[] = [];
  const failed = (why: string) => reject(new Error(`cannot read ${stream} from ${first}: ${why}`));
  const inbox = connection.inbox();
  const subscription = connection.nats.subscribe(inbox, {
    callback: (error, message) => {
      const code = message?.headers?.code ?? 0;
      if (error) failed(error.message);
      else if (code === 0) messages.push(rawMessage(message));
      else if (code === 404 || (code === 204 && messages.length > 0)) resolve(messages);
      else if (code === 503) failed('it has no leader now, or does not allow direct gets (allow_direct)');
      else failed(message.headers?.description || String(code));
    },
  });
  const onEnd = () => reject(session.reason);
  session.addEventListener('abort', onEnd, { once: true });
  const timer = setTimeout(() => failed(`no answer within ${TIMEOUT_MS} ms`), TIMEOUT_MS);
  connection.nats.publish(
    `$JS.API.DIRECT.GET.${stream}`,
    JSON.stringify({ seq: first, batch: count, max_bytes: MAX_BYTES }),
    { reply: inbox },
  );
  return promise.finally(() => {
    clearTimeout(timer);
    session.removeEventListener('abort', onEnd);
    subscription.unsubscribe();
  });
}

/** A message as a direct get answers it: its place is in headers that the server adds. */
function rawMessage({ headers, data }: Msg): RawMessage {
  return {
    stream: headers?.last('Nats-Stream') ?? '',
    sequence: Number(headers?.last('Nats-Sequence')),
    subject: headers?.last('Nats-Subject') ?? '',
    headers,
    payload: data,
  };
}
