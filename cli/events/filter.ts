/** Which entries are wanted: all that is set must hold. */
import type { Entry } from './entry.ts';

export interface Filter {
  readonly order?: string | undefined;
  readonly customer?: string | undefined;
  /** Full names: any of these. */
  readonly types?: readonly string[] | undefined;
  /** Nothing before it. */
  readonly since?: Date | undefined;
}

export function isWanted(entry: Entry, { order, customer, types, since }: Filter): boolean {
  const { message } = entry;
  if (since && entry.time < since) return false;
  if (types && !types.includes(message?.type ?? '')) return false;
  // An event that nobody can read may still be of the order whose id is its aggregate's.
  if (order !== undefined && entry.orderId !== order && !message?.streamId.endsWith(order)) return false;
  return customer === undefined || entry.customerId === customer;
}
