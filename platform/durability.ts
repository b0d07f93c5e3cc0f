/**
 * Whether a commit outlives the machine that it was made on. It does not where a standby follows that no commit waits for: should that
 * take the primary's place, what was acknowledged last is gone (docs/reliability.md). It is said, and nothing is refused for it.
 *
 * A role without pg_monitor sees that standbys are there and not which of them are waited for: of those it knows only where none is
 * (synchronous_standby_names, synchronous_commit). A base backup that is being taken looks the same.
 */
import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { Logger } from './logging.ts';
import { pause } from './wait.ts';

/** Its name in a server's health. */
export const DURABILITY = 'durability';

export interface DurabilityWatch {
  stop(): Promise<void>;
}

export interface DurabilityOptions {
  readonly logger: Logger;
  /** Told after each change. */
  readonly onChange: (isDurable: boolean) => void;
  readonly everyMs?: number;
}

const EVERY_MS = 30_000;

/** It is durable until it is seen not to be; a look that fails says nothing. */
export function watchDurability(
  db: Database,
  { logger, onChange, everyMs = EVERY_MS }: DurabilityOptions,
): DurabilityWatch {
  const stopping = new AbortController();
  let isDurable = true;

  async function look(): Promise<void> {
    const isNow = !(await followsAsynchronously(db));
    if (isNow === isDurable || stopping.signal.aborted) return;
    isDurable = isNow;
    if (isNow) logger.info('no standby follows that commits do not wait for');
    else
      logger.warn(
        'a standby follows that commits do not wait for: make it synchronous (docs/reliability.md)',
      );
    onChange(isNow);
  }

  async function watch(): Promise<void> {
    for (; !stopping.signal.aborted; await pause(everyMs, stopping.signal)) {
      await look().catch((error: unknown) =>
        logger.debug({ err: error }, 'standbys cannot be looked at now'),
      );
    }
  }

  const watching = watch();
  return {
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

async function followsAsynchronously(db: Database): Promise<boolean> {
  const { rows } = await sql<{ follows: boolean }>`
    select exists (select from pg_stat_replication
      where sync_state = 'async' or current_setting('synchronous_standby_names') = ''
        or current_setting('synchronous_commit') in ('off', 'local')) as follows`.execute(db);
  return rows[0]?.follows === true;
}
