/** The relay's lease, for as long as database and log are being mended: no relay publishes meanwhile. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { OrderlogError } from '../../platform/errors.ts';
import { type LeaseTerm, tryLease } from '../../platform/log/lease.ts';
import { type OpenService, silent } from './open.ts';

const TTL_MS = 5_000;
/** A relay whose gate has closed lets go at once, one that was killed when its time is over. */
const WAIT_MS = 10_000;
const POLL_MS = 250;

export async function withRelayLease<T>(
  log: OpenService,
  work: (lease: LeaseTerm) => Promise<T>,
): Promise<T> {
  const holder = `recover-${randomUUID()}`;
  const untilMs = performance.now() + WAIT_MS;
  let lease: LeaseTerm | undefined;
  while (!lease) {
    lease = await tryLease({ db: log.db, name: 'relay', holder, ttlMs: TTL_MS, logger: silent });
    if (!lease && performance.now() > untilMs) throw relayLeads(log.service);
    if (!lease) await sleep(POLL_MS);
  }
  try {
    return await work(lease);
  } finally {
    await lease.release();
  }
}

const relayLeads = (service: string): OrderlogError =>
  new OrderlogError(
    'FAILED_PRECONDITION',
    'RELAY_LEADS',
    `a relay of ${service} is at work, or another recovery is: stop the service if it has not noticed yet, and run this again`,
  );
