/**
 * The events that are recorded as published, in the very order in which the log had them: that of their positions, but for
 * late events, which come right behind the position after which they were published (log/relayRecord.ts). A consumer that
 * has read up to one of them has read all before it, so a republished log must not come in another order.
 *
 * Bounded: a page of positions at a time. Events in the outbox are left out: they are published when the log is there.
 */
import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { type EventRow, fromRow } from '../eventStore.ts';
import type { StoredEvent } from '../events.ts';

const PAGE_POSITIONS = 1_000n;

/** How many there are, up to the highest published position. */
export async function countPublished(db: Database, lastId: bigint): Promise<number> {
  const { rows } = await sql<{ n: bigint }>`
    select (select count(*) from events where position <= ${lastId})
      - (select count(*) from outbox where id <= ${lastId}) as n`.execute(db);
  return Number(rows[0]?.n);
}

/** All of them, in pages. */
export async function* inLogOrder(db: Database, lastId: bigint): AsyncGenerator<readonly StoredEvent[]> {
  for (let from = 0n; from < lastId; from += PAGE_POSITIONS) {
    const to = from + PAGE_POSITIONS < lastId ? from + PAGE_POSITIONS : lastId;
    const page = await readPage(db, from, to);
    if (page.length > 0) yield page;
  }
}

async function readPage(db: Database, from: bigint, to: bigint): Promise<readonly StoredEvent[]> {
  const { rows } = await sql<EventRow>`
    with page as (
      select e.stream_id, e.version, e.position as place, 0::bigint as turn from events e
      where e.position > ${from} and e.position <= ${to}
        and not exists (select from outbox o where o.id = e.position)
        and not exists (select from late_events l where (l.stream_id, l.version) = (e.stream_id, e.version))
      union all
      select l.stream_id, l.version, l.after, l.turn from late_events l
      where l.after > ${from} and l.after <= ${to})
    select e.* from page join events e using (stream_id, version) order by page.place, page.turn`.execute(db);
  return rows.map(fromRow);
}
