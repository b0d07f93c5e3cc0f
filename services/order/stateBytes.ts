/**
 * An order's state as bytes for its row, and back: JSON of the whole state, whatever facts it has, in which 64-bit numbers,
 * times and bytes stand as `{ "$bigint" | "$date" | "$bytes": text }`. A fact that the state gets some day needs nothing here.
 */
import type { OrderState, PlacedOrder } from './domain/state.ts';

/** Raised when a fact changes its place or meaning: rows of another shape are not read but folded from their events. */
export const STATE_SHAPE = 1;

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export const stateBytes = (state: PlacedOrder): Buffer => Buffer.from(JSON.stringify(toJson(state)));

/** Only for bytes of this shape. */
export const stateIn = (bytes: Uint8Array): OrderState =>
  JSON.parse(Buffer.from(bytes).toString('utf8'), (_key, value) => revived(value));

function toJson(value: unknown): Json {
  if (typeof value === 'bigint') return { $bigint: value.toString() };
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, toJson(item)]));
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value === null) return null;
  throw new Error(`a state cannot hold a ${typeof value}`);
}

function revived(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('$bigint' in value) return BigInt(String(value.$bigint));
  if ('$date' in value) return new Date(String(value.$date));
  if ('$bytes' in value) return Buffer.from(String(value.$bytes), 'base64');
  return value;
}
