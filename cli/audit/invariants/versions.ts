/**
 * Versions in the event stores, by themselves: each aggregate's are 1 to n without a gap, in the order of their commits, and
 * the row that its writers lock has the last of them.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Invariant } from '../invariant.ts';
import { asUuid, positionRanges, SERVICES, type Service, type Snapshot } from '../snapshot.ts';

interface Row {
  stream_id: string;
  version: number;
  event_id: string;
  row_version: number | null;
  /** What is wrong with it. */
  lacks_previous: boolean;
  is_early: boolean;
  is_not_its_rows: boolean;
}

export const versions: Invariant = {
  name: 'versions',
  promise: 'an aggregate has versions 1 to n without a gap, and its row has version n',
  async check(look, report) {
    for (const service of SERVICES) {
      const snapshot = look.databases[service];
      for await (const { after, upTo, done, total } of positionRanges(snapshot)) {
        for (const row of await brokenIn(snapshot, after, upTo)) {
          const subject = `${service} ${row.stream_id}`;
          const evidence = { version: row.version, id: row.event_id };
          if (row.lacks_previous) {
            report.violation(subject, `version ${row.version - 1} is missing`, evidence);
          }
          if (row.is_early) {
            report.violation(subject, 'a version was committed before its predecessor', evidence);
          }
          if (row.is_not_its_rows) {
            const stored = row.row_version ?? 'none';
            const message = 'its row has another version than its events';
            report.violation(subject, message, { ...evidence, 'row version': stored });
          }
        }
        report.progress(done, total);
      }
    }
  },
};

/** Those events of the range with which something is wrong: in a healthy system there is nothing to bring. */
async function brokenIn(snapshot: Snapshot, after: bigint, upTo: bigint): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    with found as (
      select e.stream_id, e.version, e.event_id, e.position, p.position as previous,
        not exists (select from events n where n.stream_id = e.stream_id and n.version > e.version) as is_last,
        ${ROW_VERSION[snapshot.service]} as row_version
      from events e
      left join events p on p.stream_id = e.stream_id and p.version = e.version - 1
      where e.position > ${after} and e.position <= ${upTo}),
    judged as (
      select stream_id, version, event_id, position, row_version,
        version > 1 and previous is null as lacks_previous,
        coalesce(previous > position, false) as is_early,
        is_last and row_version is distinct from version as is_not_its_rows
      from found)
    select stream_id, version, event_id, row_version, lacks_previous, is_early, is_not_its_rows from judged
    where lacks_previous or is_early or is_not_its_rows order by position`.execute(snapshot.tx);
  return rows;
}

const ROW_VERSION: Readonly<Record<Service, RawBuilder<unknown>>> = {
  order: sql`(select version from orders where order_id = ${asUuid(sql`e.stream_id`)})`,
  payment: sql`(select version from payments where payment_id = ${asUuid(sql`e.stream_id`)})`,
  catalog: sql`case when e.stream_id like 'item/%'
    then (select version from items where sku = substr(e.stream_id, 6))
    else (select version from reservations where order_id = ${asUuid(sql`substr(e.stream_id, 13)`)}) end`,
};
