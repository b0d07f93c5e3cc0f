/** A client's journal: every order that was acknowledged to it is there, one for each request. */
import { sql } from 'kysely';
import { derivedId } from '../../../platform/ids.ts';
import { PlaceOrderResponse } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import type { Invariant, Report } from '../invariant.ts';
import { ANONYMOUS, type JournalEntry, readJournal } from '../journal.ts';
import type { Snapshot } from '../snapshot.ts';
import { existing, PLACE_ORDER } from './answers.ts';

export const journal = (path: string): Invariant => ({
  name: 'journal',
  promise: "every acknowledged answer of the client's journal is there; one request, one order",
  async check({ databases: { order } }, report) {
    for await (const entries of readJournal(path)) await checkPage(order, entries, report);
  },
});

async function checkPage(
  snapshot: Snapshot,
  entries: readonly JournalEntry[],
  report: Report,
): Promise<void> {
  const known = await existing(
    snapshot,
    entries.map(({ orderId }) => orderId),
  );
  const remembered = await answersTo(snapshot, entries);
  entries.forEach(({ requestId, orderId, caller = ANONYMOUS }, index) => {
    const subject = `order ${orderId}`;
    const evidence = { request: requestId, caller };
    if (!known.has(orderId))
      report.violation(subject, 'it was acknowledged to a client, and is not there', evidence);
    const derived = derivedId(`order/${caller}/${requestId}`);
    if (derived !== orderId) {
      report.violation(subject, 'its request is of another order', {
        ...evidence,
        'order of the request': derived,
      });
    }
    const answer = remembered.get(index);
    if (answer !== undefined && answer !== orderId) {
      report.violation(subject, 'its request is remembered with another answer', { ...evidence, answer });
    }
  });
}

/** The orders that the requests were answered with, by index; a record that was lost with a database is left out. */
async function answersTo(
  { tx }: Snapshot,
  entries: readonly JournalEntry[],
): Promise<ReadonlyMap<number, string>> {
  const { rows } = await sql<{ index: bigint; response: Buffer }>`
    select k.index, r.response from unnest(
      ${entries.map(({ caller = ANONYMOUS }) => caller)}::text[],
      ${entries.map(({ requestId }) => requestId)}::uuid[]) with ordinality as k(caller, request_id, index)
    join requests r on r.caller = k.caller and r.request_id = k.request_id and r.method = ${PLACE_ORDER}
    where r.code = 0`.execute(tx);
  return new Map(
    rows.map(({ index, response }) => [Number(index) - 1, PlaceOrderResponse.decode(response).orderId]),
  );
}
