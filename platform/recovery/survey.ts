/** What the log holds that the database lacks: read, compared and counted, and nothing changed. */
import { sql } from 'kysely';
import { LogMismatch } from '../log/logMismatch.ts';
import { compareEvents } from '../log/matchEvents.ts';
import type { ServiceLog } from '../log/ownStream.ts';
import { readRange } from '../log/readLog.ts';
import { asMismatch, chain } from '../log/reconcile.ts';
import { recoveryStart } from './start.ts';

export interface Survey {
  /** The first and the last sequence that were read; nothing was if the last is before the first. */
  readonly first: number;
  readonly last: number;
  /** Messages whose events the database has. */
  readonly present: number;
  readonly missing: number;
  /** Of the missing: how many of each type, and the times of the first and the last. */
  readonly byType: ReadonlyMap<string, number>;
  readonly firstTime: Date | undefined;
  readonly lastTime: Date | undefined;
  /** All of the log was read. */
  readonly anew: boolean;
}

/** Told after each chunk: how many messages are done, of how many. */
export type OnProgress = (done: number, total: number) => void;

/** Throws LogMismatch if log and database contradict each other, or the log lacks something itself. */
export async function surveyLog(log: ServiceLog, onProgress: OnProgress): Promise<Survey> {
  const start = await recoveryStart(log);
  const { name } = log.spec;
  const first = start.from.position + 1;
  const last = start.identity.lastSequence;
  const byType = new Map<string, number>();
  let [present, published, missing] = [0, 0, 0];
  let firstTime: Date | undefined;
  let lastTime: Date | undefined;
  let record = start.from;
  for await (const chunk of readRange(log.connection, name, first, last)) {
    const compared = await compareEvents(log.db, record.epoch, chunk).catch((error) => {
      throw asMismatch(error);
    });
    const messages = compared.map(({ message }) => message);
    record = { ...chain(name, record, messages), lastId: record.lastId };
    for (const { message, id } of compared) {
      if (id !== undefined) continue;
      missing++;
      byType.set(message.type, (byType.get(message.type) ?? 0) + 1);
      firstTime ??= message.time;
      lastTime = message.time;
    }
    const ids = compared.flatMap(({ id }) => id ?? []);
    present += ids.length;
    if (start.anew) published += ids.length - (await countWaiting(log, ids));
    onProgress(record.position - first + 1, last - first + 1);
  }
  if (start.anew) await checkAllPublished(log, published);
  return { first, last, present, missing, byType, firstTime, lastTime, anew: start.anew };
}

async function countWaiting({ db }: ServiceLog, ids: readonly bigint[]): Promise<number> {
  const { rows } = await sql<{ n: bigint }>`
    select count(*) as n from outbox where id = any(${ids}::bigint[])`.execute(db);
  return Number(rows[0]?.n);
}

/** A stream of another life that lacks what was published in the one before has not been republished from here. */
async function checkAllPublished({ db, spec }: ServiceLog, found: number): Promise<void> {
  const { rows } = await sql<{ n: bigint }>`
    select (select count(*) from events) - (select count(*) from outbox) as n`.execute(db);
  const lacking = Number(rows[0]?.n) - found;
  if (lacking > 0) {
    throw new LogMismatch(
      'LOG_BEHIND',
      `stream ${spec.name} lacks ${lacking} events that were published before`,
    );
  }
}
