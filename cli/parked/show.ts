/** `orderlog parked show`: all about one parked event. */
import { shortName } from '../../platform/events.ts';
import type { ParkedEvent } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { table } from '../table.ts';
import { print, toJsonObject } from './json.ts';
import { eachParked, type Found, findParked, type OpsOf } from './services.ts';
import { ageOf, whyParked } from './text.ts';

const MAX_BEHIND = 20;

export async function show(
  services: readonly OpsOf[],
  parkedId: string,
  { json }: { readonly json?: boolean },
): Promise<void> {
  const found = await findParked(services, parkedId);
  const behind = await readBehind(found);
  if (json) {
    const waitsBehind = behind.map((event) => toJsonObject({ from: found.from, event }));
    return print({ ...toJsonObject(found), waitsBehind });
  }
  process.stdout.write(describe(found, behind));
}

/** The next events of the queue. */
async function readBehind({ from, event }: Found): Promise<readonly ParkedEvent[]> {
  const behind: ParkedEvent[] = [];
  if (event.waiting === 0) return behind;
  const { consumer, aggregateId } = event;
  for await (const each of eachParked(from, { consumer, aggregateId, pageSize: 1_000 })) {
    if (each.ahead > event.ahead) behind.push(each);
    if (behind.length === MAX_BEHIND) break;
  }
  return behind;
}

function describe(found: Found, behind: readonly ParkedEvent[]): string {
  const { from, event } = found;
  const facts = table([
    ['parked', event.parkedId],
    ['type', event.type],
    ['consumer', `${event.consumer}, of the service ${from.service}`],
    ['aggregate', event.aggregateId],
    ['place', `${event.stream} ${event.sequence}`],
    ['since', `${event.parkTime?.toISOString() ?? '?'}, ${ageOf(event.parkTime)} ago`],
    ['tried', event.attempts === 1 ? 'once' : `${event.attempts} times`],
    ['error', event.error || whyParked(event)],
  ]);
  const headers = Object.entries(event.headers).map((header) => ['', ...header]);
  const payload = toJsonObject(found).event;
  const shown = payload
    ? JSON.stringify(payload, null, 2)
    : `${event.payloadBytes} bytes that cannot be read as ${event.type}`;
  return `${facts}\nheaders\n${table(headers)}\npayload\n${indent(shown)}\n${queueText(event, behind)}`;
}

const indent = (text: string): string => text.replaceAll(/^/gm, '  ').concat('\n');

function queueText({ waiting }: ParkedEvent, behind: readonly ParkedEvent[]): string {
  if (waiting === 0) return 'nothing waits behind it\n';
  const rows = behind.map((event) => ['', String(event.sequence), shortName(event.type), event.parkedId]);
  const left = waiting - behind.length;
  return `${waiting} behind it\n${table(rows)}${left > 0 ? `  and ${left} more\n` : ''}`;
}
