/**
 * The log and the event store hold the same: every message is an event with the same bytes, each once and after its
 * predecessor, and every event that is not in the outbox is a message. What was met is remembered by one bit an event.
 */
import {
  type LogMessage,
  MalformedMessage,
  type RawMessage,
  readMessage,
} from '../../../platform/log/headers.ts';
import { LogMismatch } from '../../../platform/log/logMismatch.ts';
import { readRange } from '../../../platform/log/readLog.ts';
import type { Invariant, Report } from '../invariant.ts';
import type { Look, StreamLook } from '../look.ts';
import { readAhead } from '../readAhead.ts';
import { createSeen, type Seen } from '../seen.ts';
import { positionRanges, SERVICES, type Service } from '../snapshot.ts';
import { type LoggedEvent, loggedEvents, publishedEvents } from './logRows.ts';

export const log: Invariant = {
  name: 'log',
  promise: 'every event is in the log once, with the same bytes, in aggregate order, and nothing else is',
  async check(look, report) {
    for (const service of SERVICES) {
      if (!look.streams[service].after) continue;
      const seen = await readMessages(look, service, report);
      if (seen) await readEvents(look, service, seen, report);
    }
  },
};

interface Reading {
  readonly stream: StreamLook;
  readonly seen: Seen;
  /** The last sequence of each partition. */
  readonly prev: Map<number, number>;
  readonly report: Report;
}

/** What of the event store was met; undefined: the log has a hole and cannot be compared as a whole. */
async function readMessages(look: Look, service: Service, report: Report): Promise<Seen | undefined> {
  const stream = look.streams[service];
  const { firstSequence = 1, lastSequence = 0 } = stream.after ?? {};
  const reading: Reading = { stream, seen: createSeen(), prev: new Map(), report };
  async function* chunks() {
    for await (const chunk of readRange(look.log, stream.name, firstSequence, lastSequence)) {
      const messages = chunk.flatMap((raw) => readable(raw, report));
      const rows = await loggedEvents(look.databases[service], messages);
      yield { messages, rows, sequence: chunk.at(-1)?.sequence ?? 0 };
    }
  }
  try {
    for await (const { messages, rows, sequence } of readAhead(chunks())) {
      messages.forEach((message, index) => {
        compare(reading, message, rows.get(index));
      });
      report.progress(sequence, lastSequence);
    }
    return reading.seen;
  } catch (error) {
    if (!(error instanceof LogMismatch)) throw error;
    report.violation(stream.name, 'it cannot be compared as a whole', { why: error.message });
    return undefined;
  }
}

function readable(raw: RawMessage, report: Report): readonly LogMessage[] {
  try {
    return [readMessage(raw)];
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    report.violation(raw.stream, 'a message is no event', { sequence: raw.sequence, why: error.message });
    return [];
  }
}

function compare({ stream, seen, prev, report }: Reading, message: LogMessage, row: LoggedEvent | undefined) {
  const { sequence, partition, version } = message;
  const subject = `${stream.name} ${message.streamId}`;
  const evidence = { sequence, version, type: message.type, id: message.eventId };
  const before = prev.get(partition) ?? 0;
  prev.set(partition, sequence);
  if (message.prev !== before) {
    const chain = { ...evidence, partition, prev: message.prev, expected: before };
    report.violation(subject, 'a message does not follow its predecessor in its partition', chain);
  }
  if (!row) {
    // Published after the snapshot was taken, if it is beyond what was there before.
    if (sequence > (stream.before?.lastSequence ?? 0)) return;
    report.violation(subject, 'a message of the log is not in the event store', evidence);
    return;
  }
  const differs = differences(message, row, stream.after?.epoch ?? 0);
  if (differs.length > 0) {
    const text = { ...evidence, differs: differs.join(', ') };
    report.violation(subject, 'a message is not the same in log and event store', text);
  }
  const isBehind = version > 1 && row.previous !== null && !seen.has(row.previous);
  if (isBehind) report.violation(subject, 'a message comes before its predecessor', evidence);
  if (!seen.add(row.position)) report.violation(subject, 'an event is in the log twice', evidence);
}

function differences(message: LogMessage, row: LoggedEvent, epoch: number): string[] {
  const causeOf = (stream: string | null | undefined, id: string | null | undefined) => `${stream}/${id}`;
  const differs: string[] = [];
  if (message.eventId !== row.event_id) differs.push('event id');
  if (message.type !== row.type) differs.push('type');
  if (message.partition !== row.partition) differs.push('partition');
  if (message.time.getTime() !== row.time.getTime()) differs.push('time');
  if (message.epoch !== epoch) differs.push('epoch');
  const cause = message.cause ?? { stream: null, eventId: null };
  if (causeOf(cause.stream, cause.eventId) !== causeOf(row.cause_stream, row.cause_id)) differs.push('cause');
  if (message.request !== (row.request ?? undefined)) differs.push('request');
  if (Buffer.compare(message.payload, row.payload) !== 0) differs.push('payload');
  return differs;
}

async function readEvents(look: Look, service: Service, seen: Seen, report: Report): Promise<void> {
  const snapshot = look.databases[service];
  const { name } = look.streams[service];
  for await (const { after, upTo, done, total } of positionRanges(snapshot)) {
    for (const row of await publishedEvents(snapshot, after, upTo)) {
      if (seen.has(row.position)) continue;
      const evidence = { version: row.version, type: row.type, id: row.event_id };
      report.violation(`${name} ${row.stream_id}`, 'an event is not in the log', evidence);
    }
    report.progress(done, total);
  }
}
