/** Judgements that several parts share. */
import type { Finding, findingsOf } from '../finding.ts';

type Of = ReturnType<typeof findingsOf>;

const GIB = 2 ** 30;
const FREE_WARN_BYTES = 10 * GIB;
const FREE_FAIL_BYTES = GIB;
const SKEW_WARN_MS = 500;
const SKEW_FAIL_MS = 10_000;

export const sizeText = (bytes: number): string =>
  bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;

export function judgeFreeSpace(of: Of, where: string, freeBytes: number): Finding {
  const found = `${sizeText(freeBytes)} free at ${where}`;
  const advice = `make room at ${where}: a full disk stops the database and the log, and orders with them`;
  if (freeBytes < FREE_FAIL_BYTES) return of.fail('disk', found, advice);
  return freeBytes < FREE_WARN_BYTES ? of.warn('disk', found, advice) : of.ok('disk', found);
}

/** `skewMs`: theirs less ours. */
export function judgeClock(of: Of, skewMs: number): Finding {
  const ahead = skewMs >= 0 ? 'ahead of' : 'behind';
  const found = `${Math.abs(Math.round(skewMs))} ms ${ahead} this machine`;
  const advice =
    "set its clock, or this machine's, by NTP (chrony, systemd-timesyncd): times in histories and deadlines follow it";
  const size = Math.abs(skewMs);
  if (size >= SKEW_FAIL_MS) return of.fail('clock', found, advice);
  return size >= SKEW_WARN_MS ? of.warn('clock', found, advice) : of.ok('clock', found);
}
