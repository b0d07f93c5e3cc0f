/**
 * Publishes messages so that they follow exactly one sequence.
 *
 * Many go as one atomic batch (ADR-50), all or none, of which only the first message carries the expected last sequence.
 * A few go one by one, without waiting for each other, and each expects the one before it: nothing comes between them
 * either, but where one is refused those before it are in the log. For a batch the server makes a store of files, and
 * takes it away again, which costs it more than a few syncs (docs/decisions/0034-latency.md).
 *
 * All of a batch but its last message goes without asking for a reply: whatever is refused on the way, the commit at the end
 * gets an error. The client's own batch publisher waits for the first reply and hides an error at the commit, so the few
 * headers are set here.
 *
 * Errors: ApiError, the server refused; anything else means that nobody knows. Both end in the same procedure.
 */
import { type Msg, nuid } from '@nats-io/nats-core';
import { throwIfError } from './api.ts';
import type { LogConnection } from './connection.ts';
import type { OutgoingMessage } from './headers.ts';
import { headerLine } from './natsHeaders.ts';

/** The server's bound. */
export const MAX_BATCH_MESSAGES = 1_000;
/** Fewer cost less one by one, synced each, than as a batch, staged and synced once (docs/decisions/0037-refreshes.md). */
const LEAST_BATCH_MESSAGES = 20;
const ACK_TIMEOUT_MS = 10_000;

interface Acknowledgement {
  readonly stream?: string;
  readonly seq?: number;
  readonly count?: number;
  readonly error?: { err_code?: number; description?: string };
}

/** Publishes right behind `lastSequence`, or throws. At least one message. */
export async function publishAfter(
  connection: LogConnection,
  stream: string,
  lastSequence: number,
  messages: readonly OutgoingMessage[],
): Promise<void> {
  const publish = messages.length < LEAST_BATCH_MESSAGES ? publishEach : publishBatch;
  for (const { answer, seq, count } of await publish(connection, lastSequence, messages)) {
    const ack = answer.json<Acknowledgement>();
    throwIfError(ack.error);
    if (ack.stream === stream && ack.seq === seq && ack.count === count) continue;
    throw new Error(
      `published ${messages.length} to ${stream} after ${lastSequence}: acknowledged as ${answer.string()}`,
    );
  }
}

/** What the server answered, and what it answers if all is well. */
interface Answer extends Pick<Acknowledgement, 'seq' | 'count'> {
  readonly answer: Msg;
}

/** Whichever is refused, those behind it are too: the first answer that is an error tells why. */
const publishEach = (
  connection: LogConnection,
  lastSequence: number,
  messages: readonly OutgoingMessage[],
): Promise<readonly Answer[]> =>
  Promise.all(
    messages.map(async ({ subject, payload, headers }, index) => {
      const expected = headerLine('Nats-Expected-Last-Sequence', String(lastSequence + index));
      const answer = await ask(connection, { subject, payload, headers: headers.and(expected) });
      return { answer, seq: lastSequence + index + 1 };
    }),
  );

async function publishBatch(
  connection: LogConnection,
  lastSequence: number,
  messages: readonly OutgoingMessage[],
): Promise<readonly Answer[]> {
  const batchId = nuid.next();
  const count = messages.length;
  const placed = messages.map(({ subject, payload, headers }, index) => {
    const place =
      headerLine('Nats-Batch-Id', batchId) +
      headerLine('Nats-Batch-Sequence', String(index + 1)) +
      (index === 0 ? headerLine('Nats-Expected-Last-Sequence', String(lastSequence)) : '') +
      (index === count - 1 ? headerLine('Nats-Batch-Commit', '1') : '');
    return { subject, payload, headers: headers.and(place) };
  });
  for (const { subject, payload, headers } of placed.slice(0, -1)) {
    connection.nats.publish(subject, payload, { headers });
  }
  const commit = placed[count - 1] as OutgoingMessage;
  return [{ answer: await ask(connection, commit), seq: lastSequence + count, count }];
}

const ask = (connection: LogConnection, { subject, payload, headers }: OutgoingMessage): Promise<Msg> =>
  connection.request(subject, payload, { headers, timeoutMs: ACK_TIMEOUT_MS });
