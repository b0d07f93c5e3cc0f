/**
 * How much of what is committed is not in the log yet. While NATS is away commands are accepted up to a bound on it; then
 * the start of new sagas is refused, and what is under way goes on.
 */
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from '../database.ts';
import { OrderlogError } from '../errors.ts';
import { pause } from '../wait.ts';

export interface Backlog {
  /** Events in the outbox, as counted within the last second, up to one more than the bound. */
  depth(): number;
  /** When the oldest of them happened; undefined: there is none. */
  oldestTime(): Date | undefined;
  /** What to answer to the start of a new saga; undefined: welcome. */
  refusal(): OrderlogError | undefined;
  stop(): Promise<void>;
}

const REFRESH_MS = 1_000;

export function watchBacklog(db: Database, maxEvents: number, logger: Logger): Backlog {
  const stopping = new AbortController();
  const full = backlogFull(maxEvents);
  let last: Measured = { depth: 0, oldestTime: undefined };
  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        last = await measure(db, maxEvents);
      } catch (error) {
        logger.warn({ err: error }, 'cannot count the outbox');
      }
      await pause(REFRESH_MS, stopping.signal);
    }
  }
  const running = run();
  return {
    depth: () => last.depth,
    oldestTime: () => last.oldestTime,
    refusal: () => (last.depth > maxEvents ? full : undefined),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

interface Measured {
  readonly depth: number;
  readonly oldestTime: Date | undefined;
}

async function measure(db: Database, maxEvents: number): Promise<Measured> {
  const { rows } = await sql<{ depth: bigint; oldest: Date | null }>`
    select
      (select count(*) from (select from outbox limit ${maxEvents + 1}) counted) as depth,
      (select e.time from outbox o join events e using (stream_id, version) order by o.id limit 1) as oldest`.execute(
    db,
  );
  return { depth: Number(rows[0]?.depth ?? 0), oldestTime: rows[0]?.oldest ?? undefined };
}

const backlogFull = (maxEvents: number): OrderlogError =>
  new OrderlogError(
    'RESOURCE_EXHAUSTED',
    'LOG_BACKLOG',
    `more than ${maxEvents} events wait to be published, since the log cannot be reached or is full: repeat later with the same request_id`,
    { retryAfterMs: 5_000 },
  );
