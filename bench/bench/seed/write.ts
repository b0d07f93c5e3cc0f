/**
 * Writes what a service has told: into its stream, behind what is there, and then, in one transaction, into its database, as
 * it is when the relay has done its work. Broken off between the two, the log is ahead, and `orderlog recover` mends it.
 */
import { writeRows } from '../../../platform/commandBatch.ts';
import { transact } from '../../../platform/database.ts';
import type { AnyEvent } from '../../../platform/events.ts';
import { MAX_BATCH_MESSAGES, publishAfter } from '../../../platform/log/publish.ts';
import { layOut } from '../../../platform/log/publishBatch.ts';
import { type RelayRecord, readRelayRecord, recordPublished } from '../../../platform/log/relayRecord.ts';
import { appendPublished } from '../../../platform/recovery/bringUp.ts';
import { insertAnswers } from '../../../platform/requests.ts';
import type { WriteModel } from '../../../platform/writeModel.ts';
import type { OpenLog } from './openLogs.ts';
import type { Chapter } from './part.ts';

/** Where a stream ends. */
export interface End {
  readonly stream: string;
  readonly sequence: number;
  /** Undefined: nothing was written. */
  readonly eventId: string | undefined;
  readonly epoch: number;
}

export interface ChapterWriter {
  write(chapter: Chapter): Promise<void>;
  end(): End;
}

/** The service must be down, and all its events be published. */
export async function chapterWriter<S, C, E extends AnyEvent>(
  log: OpenLog,
  model: WriteModel<S, C, E>,
): Promise<ChapterWriter> {
  const stream = log.spec.name;
  const found = await readRelayRecord(log.db, stream);
  if (!found) throw new Error(`${log.service} has never seen its stream`);
  let record: RelayRecord = found;
  let eventId: string | undefined;

  return {
    async write({ events, rows, answers }) {
      const from = record;
      const { messages, to } = layOut(log, from, events);
      for (let at = 0; at < messages.length; at += MAX_BATCH_MESSAGES) {
        const batch = messages.slice(at, at + MAX_BATCH_MESSAGES);
        await publishAfter(log.connection, stream, from.position + at, batch);
      }
      record = await transact(log.db, async (tx) => {
        await writeRows(tx, model, rows);
        const positions = await appendPublished(tx, events);
        await insertAnswers(tx, answers);
        const published = events.map(({ streamId, version }, index) => ({
          id: positions[index] as bigint,
          streamId,
          version,
        }));
        return recordPublished(tx, log.lease, { stream, from, to, events: published });
      });
      eventId = events.at(-1)?.eventId ?? eventId;
    },
    end: () => ({ stream, sequence: record.position, eventId, epoch: record.epoch }),
  };
}
