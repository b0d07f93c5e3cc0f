/** How the log reads on a terminal: a line for each message. */
import { shortName } from '../../platform/events.ts';
import { type Colour, coloured } from '../colours.ts';
import type { Entry } from './entry.ts';

const COLOURS: Readonly<Record<string, Colour>> = { ORDERS: 'cyan', CATALOG: 'yellow', PAYMENTS: 'green' };
const STREAM_WIDTH = 8;
const SEQUENCE_WIDTH = 8;
const TYPE_WIDTH = 28;

export function entryText({ stream, sequence, message, problem }: Entry): string {
  const name = coloured(COLOURS[stream] ?? 'bold', stream.padEnd(STREAM_WIDTH));
  const place = `${name} ${String(sequence).padStart(SEQUENCE_WIDTH)}`;
  const trouble = problem === undefined ? '' : coloured('red', `  ${problem}`);
  if (!message) return `${place}${trouble}`;
  const { time, type, streamId, version, cause } = message;
  const because = cause ? coloured('dim', `  because of ${cause.stream} ${cause.eventId}`) : '';
  return `${time.toISOString()}  ${place}  ${shortName(type).padEnd(TYPE_WIDTH)} ${streamId} v${version}${because}${trouble}`;
}
