/** What was answered is there: every PlaceOrder that was acknowledged names the order of its request, and that exists. */
import { sql } from 'kysely';
import { derivedId } from '../../../platform/ids.ts';
import { PlaceOrderResponse } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import type { Invariant } from '../invariant.ts';
import { readAhead } from '../readAhead.ts';
import type { Snapshot } from '../snapshot.ts';

export const PLACE_ORDER = 'orderlog.order.v1.OrderService/PlaceOrder';

const PAGE = 500;

interface RequestRow {
  caller: string;
  request_id: string;
  response: Buffer;
}

export const answers: Invariant = {
  name: 'answers',
  promise: 'every order that was acknowledged exists, and is that of its request',
  async check({ databases: { order } }, report) {
    const counted = await sql<{ n: bigint }>`
      select count(*) as n from requests where method = ${PLACE_ORDER} and code = 0`.execute(order.tx);
    const total = Number(counted.rows[0]?.n ?? 0n);
    let done = 0;
    for await (const rows of readAhead(answered(order))) {
      const named = rows.map((row) => ({ ...row, orderId: PlaceOrderResponse.decode(row.response).orderId }));
      const known = await existing(
        order,
        named.map(({ orderId }) => orderId),
      );
      for (const { orderId, caller, request_id } of named) {
        const subject = `order ${orderId}`;
        const evidence = { request: request_id, caller };
        const derived = derivedId(`order/${caller}/${request_id}`);
        if (!known.has(orderId)) {
          report.violation(subject, 'it was acknowledged, and is not there', evidence);
        } else if (derived !== orderId) {
          const ids = { ...evidence, 'order of the request': derived };
          report.violation(subject, 'it was acknowledged for another request', ids);
        }
      }
      done += rows.length;
      report.progress(done, total);
    }
  },
};

/** In the order of the table's key, so that each page is found where the one before it ended. */
async function* answered({ tx }: Snapshot): AsyncGenerator<readonly RequestRow[]> {
  let after = { caller: '', requestId: '00000000-0000-0000-0000-000000000000' };
  for (;;) {
    const { rows } = await sql<RequestRow>`
      select caller, request_id, response from requests
      where method = ${PLACE_ORDER} and code = 0
        and (caller, method, request_id) > (${after.caller}, ${PLACE_ORDER}, ${after.requestId}::uuid)
      order by caller, method, request_id limit ${PAGE}`.execute(tx);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = { caller: last.caller, requestId: last.request_id };
  }
}

/** Those of the orders that have events. */
export async function existing({ tx }: Snapshot, orderIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ order_id: string }>`
    select distinct stream_id as order_id from events where stream_id = any(${orderIds}::text[])`.execute(tx);
  return new Set(rows.map((row) => row.order_id));
}
