/** The outbox points at events, and is empty once all is quiet. */
import { sql } from 'kysely';
import type { Invariant } from '../invariant.ts';
import { SERVICES } from '../snapshot.ts';

/** A relay that publishes at all is faster than this. */
const SLOW_MS = 30_000;
const MAX_SHOWN = 20;

interface Dangling {
  id: bigint;
  stream_id: string;
  version: number;
}

export const outbox: Invariant = {
  name: 'outbox',
  promise: 'every outbox row points at its event, and none is left at rest',
  async check(look, report) {
    for (const service of SERVICES) {
      const { tx, now } = look.databases[service];
      const dangling = await sql<Dangling>`
        select o.id, o.stream_id, o.version from outbox o
        left join events e on e.stream_id = o.stream_id and e.version = o.version and e.position = o.id
        where e.position is null order by o.id limit ${MAX_SHOWN}`.execute(tx);
      for (const { id, stream_id, version } of dangling.rows) {
        const evidence = { id: String(id), version };
        report.violation(`${service} ${stream_id}`, 'an outbox row points at no event', evidence);
      }
      const { rows } = await sql<{ n: bigint; oldest: Date | null }>`
        select count(*) as n, min(e.time) as oldest from outbox o left join events e using (stream_id, version)`.execute(
        tx,
      );
      const n = Number(rows[0]?.n ?? 0n);
      if (n === 0) continue;
      const evidence = { rows: n, oldest: rows[0]?.oldest?.toISOString() ?? 'unknown' };
      const ageMs = now.getTime() - (rows[0]?.oldest?.getTime() ?? now.getTime());
      if (look.isAtRest) report.violation(service, 'its outbox is not empty', evidence);
      else if (ageMs > SLOW_MS) report.note(service, 'its outbox is not being emptied', evidence);
    }
  },
};
