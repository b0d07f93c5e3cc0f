/** Writes an async iterable to a gRPC stream: no faster than the client reads, and no longer than it stays. */
import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';

/** Resolves at the end of the iterable; throws what it throws, or the signal's reason. */
export async function pump(
  responses: AsyncIterable<unknown>,
  stream: ServerWritableStream<Buffer, Buffer>,
  signal: AbortSignal,
  serialize: (response: unknown) => Buffer,
): Promise<void> {
  const iterator = responses[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await nextOrAbort(iterator, signal);
      if (next.done) return;
      if (!stream.write(serialize(next.value))) await once(stream, 'drain', { signal });
    }
  } finally {
    // Not awaited: a generator that waits for something else ends when that comes.
    iterator.return?.()?.catch(() => undefined);
  }
}

/** The next of an iterator, or the signal's reason. A plain race against the signal would leave a reaction on it for every message of a long stream. */
export function nextOrAbort<T>(iterator: AsyncIterator<T>, signal: AbortSignal): Promise<IteratorResult<T>> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    iterator
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}
