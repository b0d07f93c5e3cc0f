/**
 * Nearly full load for a long time, by the clock and without a pause: what the system does not end as quickly as it is placed
 * would heap up. Neither may the rate decline, nor the orders under way or the memory grow.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ownServices } from '../../compare/processes.ts';
import { median, round } from '../../compare/quantiles.ts';
import { generateBy, refusedOf } from '../../load/generate.ts';
import { memoryOf } from '../../load/memory.ts';
import type { Bed } from '../bed.ts';
import { watchEnds } from '../ends.ts';
import { USUAL } from '../orderTurn.ts';
import { GENERATORS } from '../plan.ts';
import { MEMORY_MB } from '../processFigures.ts';
import { auditsOf, type Measured, type Run, toldOf } from '../run.ts';

/** Of all that it can: at the very limit a queue grows by chance alone. */
const SHARE = 0.9;
const TIMEOUT_MS = 30_000;
const LOOKS = 60;
const PARTS = 3;
/** What is called no decline and no growth: looks of ten seconds differ by more than that among themselves. */
const TOLERANCE = 0.05;
/** Orders under way are a few hundred that come and go. */
const HEAP_UP = 2;

/** Between one look and the next. */
interface Look {
  /** Orders that ended, a second. */
  readonly ended: number;
  /** Orders under way in the read model. */
  readonly open: number;
  /** Resident memory of the largest service. */
  readonly memoryMb: number;
}

export async function soak(run: Run): Promise<Measured> {
  const { plan, say, signal } = run;
  const bed = await run.bed();
  const { rate } = await (await run.allIn()).run(plan.seconds, (line) => say(`all that it can: ${line}`));
  const perSecond = rate * SHARE;
  const untilEnded = await watchEnds(bed);
  const order = {
    address: bed.system.addresses.order,
    seconds: plan.soakSeconds,
    perSecond,
    timeoutMs: TIMEOUT_MS,
    wishes: USUAL,
  };
  const [watching, failing] = [new AbortController(), new AbortController()];
  const watched = look(run, bed, watching.signal);
  // It ends the load, and is told below.
  watched.catch(() => failing.abort());
  const placed = await generateBy(GENERATORS, order, AbortSignal.any([signal, failing.signal])).finally(() =>
    watching.abort(),
  );
  const looks = await watched;
  const orders = await untilEnded(placed, say);
  const part = Math.max(1, Math.floor(looks.length / PARTS));
  const lastToFirst = (of: (look: Look) => number) =>
    median(looks.slice(-part).map(of)) / Math.max(1, median(looks.slice(0, part).map(of)));
  return {
    ...toldOf(bed),
    method: [
      `${plan.soakSeconds} s without a pause, by the clock: ${SHARE} of all that it could just before. Looked at ${looks.length} times.`,
      `The last third against the first. No decline, and no growth of memory, is: within ${TOLERANCE} of it; orders under way come and go, and are to be less than ${HEAP_UP} times as many.`,
    ],
    notes: [
      `All that it could was ${round(rate, 0)} orders/s. ${orders} orders were placed, ${refusedOf(placed)} calls not accepted. Under way at once were ${Math.max(...looks.map(({ open }) => open))} orders at most, as the read model saw them, and ${round(median(looks.map(({ open }) => open)), 0)} as a rule.`,
    ],
    goals: [
      {
        name: 'orders/s: last third against the first',
        values: [lastToFirst(({ ended }) => ended)],
        atLeast: 1 - TOLERANCE,
      },
      {
        name: 'orders under way: last third against the first',
        values: [lastToFirst(({ open }) => open)],
        below: HEAP_UP,
      },
      {
        name: 'memory of the largest service: last third against the first',
        values: [lastToFirst(({ memoryMb }) => memoryMb)],
        below: 1 + TOLERANCE,
      },
      {
        name: 'memory of the largest service for a long time',
        unit: 'MB',
        values: [Math.max(...looks.map(({ memoryMb }) => memoryMb))],
        below: MEMORY_MB,
      },
    ],
    series: [
      {
        name: 'orders that ended',
        unit: 'orders/s',
        rates: looks.map(({ ended }) => round(ended, 1)),
        detail: { 'placed/s': round(perSecond, 1) },
      },
    ],
    audits: await auditsOf(run, bed),
  };
}

async function look({ plan, say }: Run, bed: Bed, signal: AbortSignal): Promise<readonly Look[]> {
  const everyMs = (plan.soakSeconds / LOOKS) * 1_000;
  const pids = ownServices(bed.system).map(({ pid }) => pid);
  const startedMs = performance.now();
  const looks: Look[] = [];
  let [last, lastMs] = [(await bed.readModel.count()).ended, startedMs];
  for (let at = startedMs + everyMs; ; at += everyMs) {
    const isOver = await sleep(Math.max(0, at - performance.now()), false, { signal }).catch(() => true);
    if (isOver) return looks;
    const { ended, open } = await bed.readModel.count();
    const nowMs = performance.now();
    const rate = (ended - last) / ((nowMs - lastMs) / 1_000);
    looks.push({ ended: rate, open, memoryMb: Math.max(...pids.map(memoryOf)) });
    [last, lastMs] = [ended, nowMs];
    say(
      `${Math.round((nowMs - startedMs) / 1_000)} of ${plan.soakSeconds} s: ${Math.round(rate)} orders/s, ${open} under way`,
    );
  }
}
