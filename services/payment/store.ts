/** Payments in PostgreSQL. */
import { sql } from 'kysely';
import type { Tx } from '../../platform/database.ts';
import { lockBy } from '../../platform/lockedRows.ts';
import type { AggregateTable, RowWrite, Versioned } from '../../platform/writeModel.ts';
import { initialPayment, type KnownPayment, type PaymentState } from './domain/state.ts';
import { factsIn, fromRow, type PaymentRow, type RowFacts, toRow } from './rows.ts';

const columns = sql`payment_id, order_id, customer_id, status, currency, amount_minor, provider_reference,
  refund_reference, decline_code, message, cancel_message, refund_attempt, context, created_at, updated_at, version`;

function given(writes: readonly RowWrite<PaymentState>[]) {
  const rows = writes.map(({ state, version }) => ({ ...toRow(known(state)), version }));
  return sql`unnest(
    ${rows.map((row) => row.payment_id)}::uuid[],
    ${rows.map((row) => row.order_id)}::uuid[],
    ${rows.map((row) => row.customer_id)}::text[],
    ${rows.map((row) => row.status)}::text[],
    ${rows.map((row) => row.currency)}::text[],
    ${rows.map((row) => row.amount_minor)}::bigint[],
    ${rows.map((row) => row.provider_reference)}::text[],
    ${rows.map((row) => row.refund_reference)}::text[],
    ${rows.map((row) => row.decline_code)}::text[],
    ${rows.map((row) => row.message)}::text[],
    ${rows.map((row) => row.cancel_message)}::text[],
    ${rows.map((row) => row.refund_attempt)}::integer[],
    ${rows.map((row) => row.context)}::bytea[],
    ${rows.map((row) => row.created_at)}::timestamptz[],
    ${rows.map((row) => row.updated_at)}::timestamptz[],
    ${rows.map((row) => row.version)}::integer[]) as g(${columns})`;
}

function known(state: PaymentState): KnownPayment {
  if (state.status === 'none' || state.status === 'unreadable') {
    throw new Error(`a payment that is ${state.status} cannot be written`);
  }
  return state;
}

export const paymentsTable: AggregateTable<PaymentState> = {
  name: 'payments',
  initial: () => initialPayment,
  lock: lockBy('payments', 'payment_id', 'uuid'),
  async read(tx, keys) {
    const { rows } = await sql<PaymentRow & { version: number }>`
      select ${columns} from payments where payment_id = any(${keys}::uuid[])`.execute(tx);
    return new Map(rows.map((row) => [row.payment_id, { state: fromRow(row), version: row.version }]));
  },
  async insert(tx, rows) {
    await sql`insert into payments (${columns}) select * from ${given(rows)}`.execute(tx);
  },
  async update(tx, rows) {
    // Order, customer and creation never change.
    await sql`update payments p set status = g.status, currency = g.currency, amount_minor = g.amount_minor,
        provider_reference = g.provider_reference, refund_reference = g.refund_reference,
        decline_code = g.decline_code, message = g.message, cancel_message = g.cancel_message,
        refund_attempt = g.refund_attempt, context = g.context, updated_at = g.updated_at, version = g.version
      from ${given(rows)} where p.payment_id = g.payment_id`.execute(tx);
  },
};

/** One of a list: of what only a newer version can read there are the facts. */
export interface ListedPayment extends Versioned<PaymentState> {
  readonly facts: RowFacts;
}

/** At most `limit` payments with ids after `afterId`, in their order; '': from the first. */
export async function listPayments(
  tx: Tx,
  filter: { readonly needsReview: boolean; readonly afterId: string; readonly limit: number },
): Promise<readonly ListedPayment[]> {
  const after = filter.afterId === '' ? sql`true` : sql`payment_id > ${filter.afterId}::uuid`;
  // As text: the partial index is only for this very condition.
  const which = filter.needsReview ? sql`status = 'needsReview'` : sql`true`;
  const { rows } = await sql<PaymentRow & { version: number }>`
    select ${columns} from payments where ${after} and ${which} order by payment_id limit ${filter.limit}`.execute(
    tx,
  );
  return rows.map((row) => ({ state: fromRow(row), version: row.version, facts: factsIn(row) }));
}
