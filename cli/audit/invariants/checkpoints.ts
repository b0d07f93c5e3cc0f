/**
 * Checkpoints: each stands at the event that it remembers, in the stream's own epoch; a consumer's ranges cover all partitions
 * once; and at rest all has been read, by everybody who is to read it.
 */
import { PARTITIONS } from '../../../platform/ids.ts';
import { LogMismatch } from '../../../platform/log/logMismatch.ts';
import { eventIdAt, firstUnread, type Reader, type Unread } from '../consumers.ts';
import type { Evidence } from '../finding.ts';
import type { Invariant, Report } from '../invariant.ts';
import { type Look, serviceOf } from '../look.ts';

/** A consumer that reads at all is faster than this. */
const SLOW_MS = 30_000;

export const checkpoints: Invariant = {
  name: 'checkpoints',
  promise: 'every consumer stands where it remembers, covers each partition once, and at rest is at the end',
  async check(look, report) {
    const byName = Map.groupBy(look.readers, ({ name }) => name);
    for (const [name, readers] of byName) {
      checkCover(name, readers, report);
      for (const reader of readers) await checkPlace(look, reader, report);
    }
  },
};

function checkCover(name: string, readers: readonly Reader[], report: Report): void {
  let next = 0;
  for (const { firstPartition, lastPartition } of readers) {
    if (firstPartition !== next) {
      const evidence = { partition: next, 'next range': `${firstPartition} to ${lastPartition}` };
      report.violation(name, 'its ranges leave out partitions, or cover some twice', evidence);
      return;
    }
    next = lastPartition + 1;
  }
  if (next !== PARTITIONS)
    report.violation(name, 'its ranges leave out the last partitions', { partition: next });
}

async function checkPlace(look: Look, reader: Reader, report: Report): Promise<void> {
  const { name, stream, sequence, streamEpoch, lastEventId } = reader;
  const service = serviceOf(stream);
  const own = service && look.streams[service].after;
  // Of a stream that is gone `stream` tells.
  if (!own) return;
  if (reader.isAbsent) return tellAbsent(look, reader, own.lastSequence, report);
  const evidence = { stream, sequence, partitions: `${reader.firstPartition} to ${reader.lastPartition}` };
  if (streamEpoch !== own.epoch) {
    const epochs = { ...evidence, epoch: streamEpoch, 'epoch of the stream': own.epoch };
    report.violation(name, 'it reads another life of the stream', epochs);
    return;
  }
  if (sequence > own.lastSequence) {
    report.violation(name, 'it stands beyond the end of the stream', { ...evidence, last: own.lastSequence });
    return;
  }
  try {
    const found = sequence === 0 ? undefined : await eventIdAt(look.log, stream, sequence);
    if (found !== lastEventId) {
      const ids = { ...evidence, remembers: lastEventId ?? 'nothing', found: found ?? 'nothing' };
      report.violation(name, 'the event at its place is not the one that it remembers', ids);
    }
    checkUnread(look, reader, await firstUnread(look.log, reader, own.lastSequence), evidence, report);
  } catch (error) {
    // Of a log with holes `log` tells.
    if (!(error instanceof LogMismatch)) throw error;
  }
}

/** It begins once there is a stream to read. */
function tellAbsent(look: Look, { name, stream }: Reader, last: number, report: Report): void {
  if (last === 0) return;
  const evidence = { stream, last };
  if (look.isAtRest) report.violation(name, 'it has no checkpoint, and its stream has events', evidence);
  else report.note(name, 'it has no checkpoint yet', evidence);
}

function checkUnread(
  look: Look,
  { name }: Reader,
  unread: Unread | undefined,
  evidence: Evidence,
  report: Report,
): void {
  if (!unread) return;
  const behind = { ...evidence, unread: unread.sequence, since: unread.time.toISOString() };
  const ageMs = look.now.getTime() - unread.time.getTime();
  if (look.isAtRest) report.violation(name, 'it has not read to the end', behind);
  else if (ageMs > SLOW_MS) report.note(name, 'it is behind', behind);
}
