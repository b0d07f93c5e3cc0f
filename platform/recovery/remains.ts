/**
 * What is left in a stream that is to be given up: the database must hold every message of it, or it is not given up.
 * Holes are what it is given up for.
 */
import { OrderlogError } from '../errors.ts';
import { MalformedMessage, type RawMessage } from '../log/headers.ts';
import { compareEvents } from '../log/matchEvents.ts';
import type { ServiceLog } from '../log/ownStream.ts';
import { readRemains } from '../log/readLog.ts';
import type { StreamIdentity } from '../log/stream.ts';
import type { OnProgress } from './survey.ts';

/** Throws OrderlogError, saying which message it is and what to do. */
export async function checkRemains(
  log: ServiceLog,
  { firstSequence, lastSequence, messages }: StreamIdentity,
  onProgress: OnProgress,
): Promise<void> {
  let done = 0;
  for await (const chunk of readRemains(log.connection, log.spec.name, firstSequence, lastSequence)) {
    await checkChunk(log, chunk);
    done += chunk.length;
    onProgress(done, messages);
  }
}

async function checkChunk({ db, spec, service }: ServiceLog, chunk: readonly RawMessage[]): Promise<void> {
  const compared = await compareEvents(db, undefined, chunk).catch((error) => {
    if (!(error instanceof MalformedMessage)) throw error;
    const advice = `look at it (nats stream get ${spec.name} ${error.sequence}); delete the stream yourself if it is worth nothing`;
    throw keep(
      'LOG_FOREIGN',
      `${error.message}, so something else wrote to the stream: ${advice}, and run this again`,
      error,
    );
  });
  const beyond = compared.find(({ id }) => id === undefined)?.message;
  if (!beyond) return;
  const { version, streamId, sequence } = beyond;
  const found = `message ${sequence} of ${spec.name} (event ${version} of ${streamId}) is not in the database`;
  throw keep(
    'LOG_HOLDS_MORE',
    `${found}, and would be lost with the stream: bring the database up to the log first (orderlog recover ${service} --yes)`,
  );
}

const keep = (reason: string, message: string, cause?: unknown): OrderlogError =>
  new OrderlogError('FAILED_PRECONDITION', reason, message, { cause });
