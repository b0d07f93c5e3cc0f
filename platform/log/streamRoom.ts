/**
 * How full a service's own stream is. It refuses what does not fit, and nothing in it is ever deleted: somebody has to raise its
 * bound in time. That takes the right to change a stream, which no service's own user has.
 */
import type { Logger } from 'pino';
import { callApi } from './api.ts';
import type { LogConnection } from './connection.ts';
import { boundOf, type StreamIdentity, type StreamSpec, streamInfo } from './stream.ts';

export type Room = Pick<StreamIdentity, 'bytes' | 'maxBytes'>;

export interface StreamRoom {
  /** Takes a look that somebody has had at the stream. Warns, once, of what it shows. */
  note(room: Room): void;
  /** As it was looked at last; undefined: not yet. */
  last(): Room | undefined;
}

/** Where to warn: so much of it is taken. */
export const NEARLY_FULL = 0.8;

/** `service` is its owner's name, as the command line knows it. */
export function watchStreamRoom(service: string, spec: StreamSpec, logger: Logger): StreamRoom {
  let last: Room | undefined;
  let told: string | undefined;
  return {
    note(room) {
      last = room;
      const warning = warningOf(service, spec, room);
      if (warning !== undefined && warning !== told) logger.warn({ ...room }, warning);
      told = warning;
    },
    last: () => last,
  };
}

function warningOf(service: string, spec: StreamSpec, { bytes, maxBytes }: Room): string | undefined {
  if (maxBytes <= 0) return undefined;
  const remedy = `\`orderlog stream grow ${service}\` raises its bound`;
  if (bytes >= maxBytes * NEARLY_FULL) {
    return `stream ${spec.name} is nearly full, and refuses events when it is: ${remedy}`;
  }
  if (maxBytes >= spec.maxBytes) return undefined;
  return `stream ${spec.name} takes ${maxBytes} bytes, and not the ${spec.maxBytes} of ORDERLOG_STREAM_MAX_BYTES: ${remedy}`;
}

/**
 * Raises the bound at which the server refuses, and changes nothing else; a bound that is as high, or none, stays. Returns what it
 * was before; undefined: there is no such stream. Throws ApiError where the server has no room for it.
 */
export async function raiseMaxBytes(
  connection: LogConnection,
  stream: string,
  maxBytes: number,
): Promise<number | undefined> {
  const info = await streamInfo(connection, stream);
  if (!info) return undefined;
  const before = boundOf(info);
  if (before > 0 && before < maxBytes) {
    await callApi(connection, `STREAM.UPDATE.${stream}`, { ...info.config, max_bytes: maxBytes });
  }
  return before;
}
