/**
 * One rebuild of a projection at a time: a record with an owner and an expiry, renewed while the rebuild lives. A process that
 * stood still may believe to own it when another does: so each run has an id, which fences what it does to what is read.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { OrderlogError } from '../../platform/errors.ts';
import type { FoundLock, RebuildLock } from '../../projector/engine/rebuildLock.ts';

/** Where locks lie; a `write` by compare-and-set on what was read throws LockTaken if another was faster. */
export interface LockRecords {
  read(): Promise<FoundLock | undefined>;
  write(lock: RebuildLock, before: FoundLock | undefined): Promise<FoundLock>;
  /** Lets a generation be written again that is kept from it, unless it is not the live one any more; as the run that has the lock. */
  free(blocked: string, run: string): Promise<unknown>;
}

export class LockTaken extends Error {}

export interface Lease {
  /** Stands in the record as long as the lease is this one's. */
  readonly run: string;
  /** Aborted, with an OrderlogError as its reason, when the lease is lost. */
  readonly signal: AbortSignal;
  /** Notes which generation it keeps from being written; undefined: none. Throws LEASE_LOST, or what `records` throws. */
  setBlocked(id: string | undefined): Promise<void>;
  release(): Promise<void>;
}

const TTL_MS = 9_000;
const RENEW_MS = 3_000;
const POLL_MS = 250;

/**
 * Throws OrderlogError REBUILD_RUNS while another holds it; one that does not move any more is taken over, and what its owner
 * kept from being written is freed, or stays noted for the projector to free. Throws what `records` throws.
 */
export async function takeLease(name: string, records: LockRecords, onWait: () => void): Promise<Lease> {
  const owner = `${hostname()}, process ${process.pid}`;
  const run = randomUUID();
  const before = await whenFree(name, records, onWait);
  const lost = new AbortController();
  const expiresAt = () => new Date(Date.now() + TTL_MS).toISOString();
  const blocked = before?.lock.blocked;
  let found = await records.write({ owner, run, expiresAt: expiresAt(), blocked }, before).catch((error) => {
    throw error instanceof LockTaken ? runs(name, 'another process') : error;
  });
  let writtenAtMs = performance.now();
  let turn: Promise<unknown> = Promise.resolve();
  /** One write after another. */
  const write = (changes: Partial<RebuildLock>): Promise<void> => {
    const next = turn.then(async () => {
      found = await records.write({ ...found.lock, expiresAt: expiresAt(), ...changes }, found);
      writtenAtMs = performance.now();
    });
    turn = next.catch(() => undefined);
    return next;
  };
  const tellLost = (error: unknown): never => {
    throw error instanceof LockTaken ? leaseLost(name) : error;
  };
  const renewal = setInterval(() => {
    write({}).catch((error) => {
      const isOver = error instanceof LockTaken || performance.now() - writtenAtMs > TTL_MS;
      if (isOver) lost.abort(leaseLost(name));
    });
  }, RENEW_MS);
  const lease: Lease = {
    run,
    signal: lost.signal,
    setBlocked: (id) => write({ blocked: id }).catch(tellLost),
    async release() {
      clearInterval(renewal);
      if (!lost.signal.aborted) await write({ expiresAt: new Date(0).toISOString() }).catch(() => undefined);
    },
  };
  if (blocked === undefined) return lease;
  try {
    await records.free(blocked, run);
    await lease.setBlocked(undefined);
    return lease;
  } catch (error) {
    await lease.release();
    throw error;
  }
}

async function whenFree(
  name: string,
  records: LockRecords,
  onWait: () => void,
): Promise<FoundLock | undefined> {
  const first = await records.read();
  const startedMs = performance.now();
  for (let found = first; ; found = await records.read()) {
    if (!found || Date.parse(found.lock.expiresAt) <= Date.now()) return found;
    if (found.seqNo !== first?.seqNo) throw runs(name, found.lock.owner);
    // Whatever his clock says: by ours it has not moved for as long as it is good.
    if (performance.now() - startedMs > TTL_MS) return found;
    if (found === first) onWait();
    await sleep(POLL_MS);
  }
}

const runs = (name: string, owner: string) =>
  new OrderlogError(
    'FAILED_PRECONDITION',
    'REBUILD_RUNS',
    `${name} is being rebuilt by ${owner}: let it end, or stop it and run this again`,
  );

export const leaseLost = (name: string) =>
  new OrderlogError(
    'ABORTED',
    'LEASE_LOST',
    `another rebuild of ${name} has taken over, since this one could not renew its lease: nothing more is done here`,
  );
