/**
 * Publishes messages so that they follow exactly one sequence, or not at all.
 *
 * Several go as one atomic batch (ADR-50), one goes plainly; only the first carries the expected last sequence. All of a
 * batch but its last message goes without asking for a reply: whatever is refused on the way, the commit at the end gets
 * an error. The client's own batch publisher waits for the first reply and hides an error at the commit, so the few
 * headers are set here.
 *
 * Errors: ApiError, the server refused; anything else means that nobody knows. Both end in the same procedure.
 */
import { nuid } from '@nats-io/nats-core';
import { throwIfError } from './api.ts';
import type { LogConnection } from './connection.ts';
import type { OutgoingMessage } from './headers.ts';

/** The server's bound. */
export const MAX_BATCH_MESSAGES = 1_000;
const ACK_TIMEOUT_MS = 10_000;

interface Acknowledgement {
  readonly stream?: string;
  readonly seq?: number;
  readonly count?: number;
  readonly error?: { err_code?: number; description?: string };
}

/** Publishes right behind `lastSequence`, or throws. At least one message. Changes the messages' headers. */
export async function publishAfter(
  connection: LogConnection,
  stream: string,
  lastSequence: number,
  messages: readonly OutgoingMessage[],
): Promise<void> {
  const [first, last] = [messages[0], messages.at(-1)];
  if (!first || !last) throw new Error('nothing to publish');
  first.headers.set('Nats-Expected-Last-Sequence', String(lastSequence));
  if (messages.length > 1) sendBatch(connection, messages);
  const answer = await connection.request(last.subject, last.payload, {
    headers: last.headers,
    timeoutMs: ACK_TIMEOUT_MS,
  });
  const ack = answer.json<Acknowledgement>();
  throwIfError(ack.error);
  const expected = lastSequence + messages.length;
  if (ack.stream !== stream || ack.seq !== expected || (ack.count ?? 1) !== messages.length) {
    throw new Error(
      `published ${messages.length} to ${stream} after ${lastSequence}: acknowledged as ${answer.string()}`,
    );
  }
}

/** All but the last message, which is made the commit. */
function sendBatch({ nats }: LogConnection, messages: readonly OutgoingMessage[]): void {
  const batchId = nuid.next();
  messages.forEach(({ subject, payload, headers }, index) => {
    headers.set('Nats-Batch-Id', batchId);
    headers.set('Nats-Batch-Sequence', String(index + 1));
    if (index < messages.length - 1) nats.publish(subject, payload, { headers });
    else headers.set('Nats-Batch-Commit', '1');
  });
}
