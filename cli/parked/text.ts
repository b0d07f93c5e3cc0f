/** How parked events read on a terminal. */
import { shortName } from '../../platform/events.ts';
import type { ParkedEvent } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** `5 min`, for what is 5 to 6 minutes old. */
export function ageOf(time: Date | undefined, now = Date.now()): string {
  if (!time) return '?';
  const seconds = Math.max(0, Math.floor((now - time.getTime()) / 1_000));
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ['s', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}

export const LIST_HEADER = [
  'PARKED ID',
  'CONSUMER',
  'TYPE',
  'AGGREGATE',
  'SEQUENCE',
  'AGE',
  'TRIED',
  'WAITING',
  'ERROR',
];

const MAX_ERROR_CHARACTERS = 120;

export const listRow = (event: ParkedEvent): readonly string[] => [
  event.parkedId,
  event.consumer,
  shortName(event.type),
  event.aggregateId,
  String(event.sequence),
  ageOf(event.parkTime),
  String(event.attempts),
  String(event.waiting),
  oneLine(event.error || whyParked(event)),
];

/** Of an event that was not tried since it came to the head of its queue, or is not there yet. */
export const whyParked = ({ ahead }: ParkedEvent): string =>
  ahead === 0 ? '(not tried yet)' : `(waits for ${ahead} before it)`;

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > MAX_ERROR_CHARACTERS ? `${line.slice(0, MAX_ERROR_CHARACTERS - 1)}…` : line;
}
