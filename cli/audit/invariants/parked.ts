/** Parked events: none, or known to somebody. They break no promise, but their aggregates wait; nothing waits without them. */
import { sql } from 'kysely';
import { shortName } from '../../../platform/events.ts';
import { ordersIndex } from '../../../projector/orders/mapping.ts';
import type { Invariant, Report } from '../invariant.ts';
import type { Look } from '../look.ts';
import { SERVICES, type Snapshot } from '../snapshot.ts';

/** More of them are counted only. */
const MAX_SHOWN = 20;

interface ParkedRow {
  consumer: string;
  stream: string;
  aggregate_id: string;
  sequence: bigint;
  type: string;
  error: string | null;
  waiting: bigint;
  aggregates: bigint;
}

export const parked: Invariant = {
  name: 'parked',
  promise: 'no event is parked, or it is told here',
  async check(look, report) {
    for (const service of SERVICES) {
      await tellParked(look.databases[service], report);
      await checkQueues(look.databases[service], report);
    }
    await tellParkedDocuments(look, report);
  },
};

async function tellParked({ tx, service }: Snapshot, report: Report): Promise<void> {
  const { rows } = await sql<ParkedRow>`
    select * from (
      select distinct on (consumer, stream, aggregate_id) consumer, stream, aggregate_id, sequence, type, error,
        count(*) over (partition by consumer, stream, aggregate_id) - 1 as waiting
      from parked_events order by consumer, stream, aggregate_id, sequence) heads,
      (select count(distinct (consumer, stream, aggregate_id)) as aggregates from parked_events) counted
    limit ${MAX_SHOWN}`.execute(tx);
  for (const row of rows) {
    report.note(`${row.consumer} ${row.aggregate_id}`, `${shortName(row.type)} is parked`, {
      stream: row.stream,
      sequence: String(row.sequence),
      'waiting behind it': String(row.waiting),
      error: row.error ?? 'none',
    });
  }
  const all = Number(rows[0]?.aggregates ?? 0n);
  if (all > rows.length) report.note(service, `${all} aggregates have parked events`);
}

/** Events of an aggregate queue as long as its row is there, and the row goes with the last of them. */
async function checkQueues({ tx }: Snapshot, report: Report): Promise<void> {
  const { rows } = await sql<Pick<ParkedRow, 'consumer' | 'stream' | 'aggregate_id'>>`
    select consumer, stream, aggregate_id from parked_aggregates a
    where not exists (select from parked_events e
      where e.consumer = a.consumer and e.stream = a.stream and e.aggregate_id = a.aggregate_id)
    order by consumer, stream, aggregate_id limit ${MAX_SHOWN}`.execute(tx);
  for (const { consumer, stream, aggregate_id } of rows) {
    report.violation(`${consumer} ${aggregate_id}`, 'it is kept waiting, and none of its events is parked', {
      stream,
    });
  }
}

async function tellParkedDocuments({ elasticsearch }: Look, report: Report): Promise<void> {
  if (!elasticsearch) return;
  const { hits } = await elasticsearch.search<{
    parked: { streamId: string; reason: string; sequence: number };
  }>({
    index: ordersIndex.alias,
    ignore_unavailable: true,
    size: MAX_SHOWN,
    query: { term: { kind: 'parked' } },
  });
  for (const { _source } of hits.hits) {
    if (!_source) continue;
    const { streamId, reason, sequence } = _source.parked;
    report.note(`projector ${streamId}`, 'its document is parked', { sequence, error: reason });
  }
}

/** Which of these aggregates have parked events, with whomever. */
export async function parkedAmong(look: Look, aggregateIds: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const service of SERVICES) {
    const { rows } = await sql<{ aggregate_id: string }>`
      select distinct aggregate_id from parked_events
      where aggregate_id = any(${aggregateIds}::text[])`.execute(look.databases[service].tx);
    for (const row of rows) found.add(row.aggregate_id);
  }
  return found;
}
