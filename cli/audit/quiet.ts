/** Waits until nothing is under way: outboxes empty, no task, everything read. */
import { sql } from 'kysely';
import { pause } from '../../platform/wait.ts';
import { firstUnread } from './consumers.ts';
import { type Look, serviceOf, takeLook } from './look.ts';
import { SERVICES } from './snapshot.ts';
import type { Sources } from './sources.ts';

const POLL_MS = 500;

/**
 * Returns when it is quiet, or when the time is over: then `outbox`, `checkpoints` and `work` tell what is under way. Throws what
 * the servers' clients throw.
 */
export async function untilQuiet(
  sources: Sources,
  withinMs: number,
  tell: (what: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    const look = await takeLook(sources, { isAtRest: true, settleMs: 0 });
    const busy = await underWay(look).finally(look.close);
    if (busy === undefined || performance.now() > untilMs) return;
    tell(busy);
    await pause(POLL_MS, signal);
    signal.throwIfAborted();
  }
}

/** What keeps the system busy; undefined: nothing. */
async function underWay(look: Look): Promise<string | undefined> {
  for (const service of SERVICES) {
    const { tx } = look.databases[service];
    const { rows } = await sql<{ outbox: bigint; tasks: bigint }>`
      select (select count(*) from outbox) as outbox, (select count(*) from tasks) as tasks`.execute(tx);
    const { outbox = 0n, tasks = 0n } = rows[0] ?? {};
    if (outbox > 0n) return `${outbox} events in the outbox of ${service}`;
    if (tasks > 0n) return `${tasks} tasks of ${service}`;
  }
  for (const reader of look.readers) {
    const service = serviceOf(reader.stream);
    const last = service && look.streams[service].after?.lastSequence;
    if (last === undefined) continue;
    // A damaged log is for its own invariants to tell of.
    const unread = await firstUnread(look.log, reader, last).catch(() => undefined);
    if (unread) return `${reader.name} has not read ${reader.stream} ${unread.sequence}`;
  }
  return undefined;
}
