/** One batch of the relay: lay events out behind the record, publish them there, and move the record over them. */
import type { StoredEvent } from '../events.ts';
import { observed } from '../telemetry/observe.ts';
import { HEADER_ROOM_BYTES, type OutgoingMessage, toMessage } from './headers.ts';
import type { LeaseTerm } from './lease.ts';
import type { OutboxEvent } from './outboxPage.ts';
import type { ServiceLog } from './ownStream.ts';
import { publishAfter } from './publish.ts';
import { type RelayRecord, recordPublished } from './relayRecord.ts';

/** Publishes one batch and records it; the record that it leads to. */
export async function publishBatch(
  log: ServiceLog,
  lease: LeaseTerm,
  from: RelayRecord,
  events: readonly OutboxEvent[],
): Promise<RelayRecord> {
  const { messages, to } = layOut(log, from, events);
  await observed(log.observe, events, () =>
    publishAfter(log.connection, log.spec.name, from.position, messages),
  );
  const record = await recordPublished(log.db, lease, {
    stream: log.spec.name,
    from,
    to,
    events: events.map(({ outboxId: id, streamId, version }) => ({ id, streamId, version })),
  });
  log.onRecord?.(record);
  return record;
}

/** Gives each event its place: the sequences are known before they are published, since nothing comes between. */
export function layOut(
  { connection, service, spec }: ServiceLog,
  from: RelayRecord,
  events: readonly StoredEvent[],
): { messages: OutgoingMessage[]; to: RelayRecord } {
  const maxBytes = connection.maxPayloadBytes() - HEADER_ROOM_BYTES;
  const prev = [...from.prev];
  const messages = events.map((event, index) => {
    if (event.payload.length > maxBytes) {
      throw new Error(
        `event ${event.version} of ${event.streamId} has ${event.payload.length} bytes, and the log takes ${maxBytes}: raise max_payload of nats-server`,
      );
    }
    const message = toMessage(event, {
      subjectPrefix: spec.subjectPrefix,
      source: `/orderlog/${service}`,
      prev: prev[event.partition] ?? 0,
      epoch: from.epoch,
    });
    prev[event.partition] = from.position + index + 1;
    return message;
  });
  return { messages, to: { ...from, position: from.position + events.length, prev } };
}
