/**
 * What a caller who may know his own orders alone is told: another's order is answered as one that was never placed, by this one
 * piece of code for both, so that no answer tells them apart.
 */
import { sql } from 'kysely';
import type { Caller } from '../../platform/access/caller.ts';
import type { Tx } from '../../platform/database.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { unknownOrder } from './past.ts';

/** Throws NOT_FOUND. */
export async function assertVisible(
  db: Tx,
  orderId: string,
  { owner }: Pick<Caller, 'owner'>,
): Promise<void> {
  if (owner === undefined) return;
  const { rows } = await sql`
    select 1 from orders where order_id = ${orderId} and customer_id = ${owner}`.execute(db);
  if (rows.length === 0) throw unknownOrder(orderId);
}

/** Throws PERMISSION_DENIED where an order is placed for another customer than the caller may place orders for. */
export function assertOwnCustomer(customerId: string, { owner }: Pick<Caller, 'owner'>): void {
  if (owner === undefined || owner === customerId) return;
  const description =
    "must be the token's subject: to place orders for other customers the token needs the scope orders:write";
  throw new OrderlogError('PERMISSION_DENIED', 'CUSTOMER_NOT_CALLER', `customer_id ${description}`, {
    violations: [{ field: 'customer_id', description }],
  });
}
