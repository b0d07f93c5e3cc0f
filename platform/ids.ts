/**
 * Ids and partitions. All of this fixes bytes in the log, and never changes.
 *
 * - order_id   = uuidv5(NAMESPACE, "order/" + caller + "/" + request_id)
 * - payment_id = uuidv5(NAMESPACE, "payment/" + order_id)
 * - event_id   = uuidv5(NAMESPACE, "event/" + service + "/" + stream_id + "/" + version)
 * - step request ids (direct saga) = uuidv5(NAMESPACE, "step/" + order_id + "/" + step), see services/order/domain/requests.ts
 * - partition  = the first byte of SHA-256 of the key's UTF-8 bytes (0 to 255)
 *
 * Derived, not drawn: even where a record is lost, a repeat collides instead of doubling. UUIDs are lower-case text.
 */
import { hash } from 'node:crypto';

/** uuidv5(NAMESPACE_URL, "https://orderlog.dev/"): the root of every derived id. */
const NAMESPACE = '57d55662-05f9-57da-bca0-c949d7768fd4';

const NAMESPACE_BYTES = Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex');
/** The first digit of the fourth group: the variant's two bits, 10, and two of the hash. */
const VARIANTS = '89ab';

/** RFC 9562 uuidv5 of a name below Orderlog's namespace. Some ten are made an order, at a fifth of what a library takes. */
export function derivedId(name: string): string {
  const hex = hash('sha1', Buffer.concat([NAMESPACE_BYTES, Buffer.from(name)]), 'hex');
  const variant = VARIANTS[Number.parseInt(hex.slice(16, 17), 16) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** How many partitions a stream has, for ever. */
export const PARTITIONS = 256;

/** The partition of a key (an order id, or a SKU): 0 to 255. */
export function partitionOf(key: string): number {
  return hash('sha256', key, 'buffer')[0] ?? 0;
}

/** The id of the event that is the `version`th of its aggregate. */
export const eventIdOf = (service: string, streamId: string, version: number): string =>
  derivedId(`event/${service}/${streamId}/${version}`);
