/**
 * The provider's ledger, both ways: each charge and refund of it is one of Payment's, and each of Payment's is in it; so are its
 * declines, where the ledger has any. It is read once, page by page; which events it told of is remembered by one bit each.
 */
import { sql } from 'kysely';
import { OrderlogError } from '../../../platform/errors.ts';
import { readStreams } from '../../../platform/eventStore.ts';
import type { Invariant, Report } from '../invariant.ts';
import { answeredEvents, judgeEntry, judgeUntold, type LedgerEntry } from '../judgements/ledger.ts';
import { readAhead } from '../readAhead.ts';
import { createSeen, type Seen } from '../seen.ts';
import { asUuid, positionRanges, type Snapshot } from '../snapshot.ts';
import { type Story, storyOf } from '../story.ts';

const PAGE = 500;
const TIMEOUT_MS = 10_000;

export const ledger: Invariant = {
  name: 'ledger',
  promise: "captures, refunds and declines are those of the provider's ledger, both ways",
  skipped: ({ provider }) => (provider === undefined ? 'no address of the provider is known' : undefined),
  async check(look, report) {
    if (look.provider === undefined) return;
    const { payment } = look.databases;
    const told: Told = { positions: createSeen(), unnamed: new Map(), hasDeclines: false };
    for await (const entries of readAhead(ledgerPages(look.provider)))
      await checkEntries(payment, entries, told, report);
    await checkEvents(payment, told, report);
  },
};

async function* ledgerPages(provider: string): AsyncGenerator<readonly LedgerEntry[]> {
  for (let after = 0; ; ) {
    const url = new URL(`/v1/ledger?after=${after}&limit=${PAGE}`, provider);
    let entries: readonly LedgerEntry[];
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!response.ok) throw new Error(`it answers ${response.status}`);
      ({ entries } = (await response.json()) as { entries: readonly LedgerEntry[] });
    } catch (error) {
      const message = `the provider's ledger cannot be read: ${(error as Error).message}`;
      throw new OrderlogError('UNAVAILABLE', 'LEDGER_UNREADABLE', message, { cause: error });
    }
    if (entries.length === 0) return;
    yield entries;
    after += entries.length;
  }
}

interface Told {
  /** Positions of the events that entries told of. */
  readonly positions: Seen;
  /** The payments of charges that an operator recorded without the provider's id, by that id: a refund names only it. */
  readonly unnamed: Map<string, string>;
  /** Declines are among the entries: whose ledger lists none may leave them out. */
  hasDeclines: boolean;
}

async function checkEntries(
  snapshot: Snapshot,
  entries: readonly LedgerEntry[],
  known: Told,
  report: Report,
): Promise<void> {
  const { positions, unnamed } = known;
  const payments = await paymentsOf(snapshot, entries, unnamed);
  const stories = await storiesOf(snapshot, [...payments.values()]);
  const told: { readonly streamId: string; readonly version: number }[] = [];
  for (const entry of entries) {
    if (entry.kind === 'charge' && entry.status === 'declined') known.hasDeclines = true;
    const key = entry.kind === 'charge' ? entry.key : (unnamed.get(entry.chargeId) ?? entry.chargeId);
    const story = stories.get(payments.get(key)?.payment_id ?? '');
    const eventId = judgeEntry(entry, story, report);
    const event = story && answeredEvents(story).find(({ stored }) => stored.eventId === eventId);
    if (!event) continue;
    told.push(event.stored);
    if ('providerReference' in event.data && event.data.providerReference === '')
      unnamed.set(entry.id, entry.key);
  }
  const { rows } = await sql<{ position: bigint }>`
    select position from events join unnest(
      ${told.map(({ streamId }) => streamId)}::text[],
      ${told.map(({ version }) => version)}::integer[]) as t(stream_id, version) using (stream_id, version)`.execute(
    snapshot.tx,
  );
  for (const { position } of rows) positions.add(position);
}

interface PaymentRow {
  readonly payment_id: string;
  readonly order_id: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The payments that entries are about: by their ids, which are the charges' keys, and by the charges' ids. */
async function paymentsOf(
  { tx }: Snapshot,
  entries: readonly LedgerEntry[],
  unnamed: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, PaymentRow>> {
  const charges = entries.flatMap((entry) => (entry.kind === 'refund' ? [entry.chargeId] : []));
  const keys = entries.flatMap((entry) => (entry.kind === 'charge' ? [entry.key] : []));
  const ids = [...keys, ...charges.flatMap((id) => unnamed.get(id) ?? [])].filter((id) => UUID.test(id));
  const found = new Map<string, PaymentRow>();
  const byId = await sql<PaymentRow>`
    select payment_id, order_id from payments where payment_id = any(${ids}::uuid[])`.execute(tx);
  for (const row of byId.rows) found.set(row.payment_id, row);
  if (charges.length === 0) return found;
  // Refunds are rare, and the table has no index for this.
  const byCharge = await sql<PaymentRow & { provider_reference: string }>`
    select payment_id, order_id, provider_reference from payments
    where provider_reference = any(${charges}::text[])`.execute(tx);
  for (const row of byCharge.rows) found.set(row.provider_reference, row);
  return found;
}

async function storiesOf(
  { tx }: Snapshot,
  payments: readonly PaymentRow[],
): Promise<ReadonlyMap<string, Story>> {
  const streams = await readStreams(
    tx,
    payments.map(({ payment_id }) => payment_id),
  );
  return new Map(
    payments.map(({ payment_id, order_id }) => [
      payment_id,
      storyOf({ orderId: order_id, order: [], reservation: [], payment: streams.get(payment_id) ?? [] }),
    ]),
  );
}

/** Of all that Payment recorded, what the ledger did not tell of. */
async function checkEvents(
  snapshot: Snapshot,
  { positions, hasDeclines }: Told,
  report: Report,
): Promise<void> {
  const types = ['PaymentProcessed', 'PaymentRefunded', ...(hasDeclines ? ['PaymentFailed'] : [])];
  const fullNames = types.map((type) => `orderlog.payment.v1.${type}`);
  for await (const { after, upTo, done, total } of positionRanges(snapshot)) {
    const { rows } = await sql<{ position: bigint; payment_id: string; order_id: string; event_id: string }>`
      select e.position, p.payment_id, p.order_id, e.event_id from events e
      join payments p on p.payment_id = ${asUuid(sql`e.stream_id`)}
      where e.position > ${after} and e.position <= ${upTo}
        and e.type = any(${fullNames}::text[])
      order by e.position`.execute(snapshot.tx);
    const untold = rows.filter(({ position }) => !positions.has(position));
    const stories = await storiesOf(snapshot, untold);
    for (const { payment_id, event_id } of untold) {
      const story = stories.get(payment_id);
      const event = story && answeredEvents(story).find(({ stored }) => stored.eventId === event_id);
      if (story && event) judgeUntold(story, event, report);
    }
    report.progress(done, total);
  }
}
