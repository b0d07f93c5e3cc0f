/** An item's events, each by itself, as `history` judges those of orders: derived ids, the SKU's partition, readable bytes. */
import { eventIdOf, partitionOf } from '../../../platform/ids.ts';
import { itemEvents } from '../events.ts';
import type { Findings } from '../finding.ts';

export interface CatalogEventRow {
  readonly stream_id: string;
  readonly version: number;
  readonly event_id: string;
  /** Full name. */
  readonly type: string;
  readonly partition: number;
  readonly payload: Uint8Array;
}

const PREFIX = 'item/';

/** Does nothing for an event of another aggregate. */
export function checkItemEvent(row: CatalogEventRow, findings: Findings): void {
  const { stream_id: streamId, version, event_id: id, type, partition, payload } = row;
  if (!streamId.startsWith(PREFIX)) return;
  const sku = streamId.slice(PREFIX.length);
  const subject = `item ${sku}`;
  const evidence = { version, type, id };
  if (id !== eventIdOf('catalog', streamId, version)) {
    findings.violation(subject, 'an event has another id than derives from its place', evidence);
  }
  if (partition !== partitionOf(sku)) {
    findings.violation(subject, 'an event is in another partition than its item', evidence);
  }
  try {
    const event = itemEvents.decode(type, payload);
    if (!event) findings.note(subject, 'an event is of a type that this version does not know', evidence);
    else if (event.data.sku !== sku) findings.violation(subject, 'an event is about another item', evidence);
  } catch {
    findings.violation(subject, "an event's bytes are no such message", evidence);
  }
}
