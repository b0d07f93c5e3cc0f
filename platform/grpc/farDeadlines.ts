/**
 * A deadline that is weeks away is none. grpc-js reckons it in 32 bits: what is beyond 24.8 days comes out as any time at all, in
 * the past too, and the call of a patient client fails at once. Its maximum (settings.ts) is far below.
 */
import type { Server } from '@grpc/grpc-js';
import { http2ServersOf } from './http2Servers.ts';

const HEADER = 'grpc-timeout';
/** In ms. */
const UNITS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};
const MOST_MS = 2 ** 31 - 1;

/** `99999999H`; what is not a timeout at all is for grpc-js to refuse. */
export function isFar(timeout: unknown): boolean {
  const [, amount = '', unit = ''] = /^(\d{1,8})\s*([HMSmun])$/.exec(String(timeout)) ?? [];
  return Number(amount) * (UNITS[unit] ?? 0) > MOST_MS;
}

/** Call it once the server is bound. */
export function leaveOutFarDeadlines(server: Server): void {
  for (const http2 of http2ServersOf(server).keys()) {
    http2.prependListener('stream', (_stream, headers) => {
      if (isFar(headers[HEADER])) delete headers[HEADER];
    });
  }
}
