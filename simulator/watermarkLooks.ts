/** Watermarks and timers: the looks of platform/log/watermarks.ts, by its own rules, and the firing of timerWorker.ts. */
import { follow, settle } from '../platform/log/watermark.ts';
import type { Look } from '../platform/log/watermarkLook.ts';
import { type AnyEnvelope, runSlice } from './batch.ts';
import { startOfStream } from './consumer.ts';
import { told } from './queue.ts';
import { CommitUnknown, transact } from './transact.ts';
import { allReplicas, dbNowMs, type Replica, type SimService, type World } from './world.ts';

const LOOK_MS = 1_000;
/** How far the databases' clocks may differ: the default of ORDERLOG_TIMER_MARGIN_MS. */
const MARGIN_MS = 5_000;
const PUT_OFF_MS = 1_000;

/** Some timer is set; in a healed world, due. Without one, nobody needs a watermark. */
const isWanted = (world: World): boolean => {
  const { order } = world.services;
  const nowMs = dbNowMs(world, order);
  return [...order.store.timers.values()].some(({ dueMs }) => !world.isHealed || dueMs <= nowMs);
};

export const lookActions = (world: World) =>
  isWanted(world)
    ? allReplicas(world)
        .filter(({ isUp, nextLookMs }) => isUp && nextLookMs <= world.nowMs)
        .map((replica) => ({
          actor: `${replica.name} watermarks`,
          replica,
          run: () => lookAround(world, replica),
        }))
    : [];

/** When the next look is due, if one is wanted. */
export const nextLookMs = (world: World): number =>
  isWanted(world)
    ? Math.min(...allReplicas(world).map((replica) => replica.nextLookMs))
    : Number.POSITIVE_INFINITY;

function lookAround(world: World, replica: Replica): void {
  const { parts } = replica.service;
  const seen = look(world, replica.service);
  const times: number[] = [];
  for (const { name, stream } of parts.subscriptions) {
    const ranges = seen.ranges.filter(({ consumer }) => consumer === name);
    const upstream = follow(replica.upstream.get(name) ?? {}, world.watermarks.get(stream.name), ranges);
    replica.upstream.set(name, upstream);
    times.push(upstream.reached?.time.getTime() ?? Number.NaN);
  }
  const reachedMs = Math.min(...times);
  replica.horizon = Number.isFinite(reachedMs) ? new Date(reachedMs - MARGIN_MS) : undefined;
  if (replica.relay.phase === 'leads') {
    const ownMs = parts.isSource ? seen.time.getTime() : Math.min(seen.time.getTime(), ...times);
    const { settled, pending } = settle(
      replica.pending,
      seen,
      Number.isNaN(ownMs) ? undefined : new Date(ownMs),
    );
    replica.pending = pending;
    if (settled) world.watermarks.set(parts.stream.name, settled);
  } else replica.pending = undefined;
  replica.nextLookMs = world.nowMs + (replica.pending ? LOOK_MS / 4 : LOOK_MS);
}

/** As watermarkLook.ts reads it. */
function look(world: World, service: SimService): Look {
  const { store, parts } = service;
  const nowMs = dbNowMs(world, service);
  const untried = [...store.tasks.values()]
    .filter(({ dueMs, tried }) => dueMs <= nowMs && !tried)
    .map(({ dueMs }) => dueMs);
  const { position, epoch, prev } = store.record;
  return {
    time: new Date(nowMs),
    position: { sequence: position, epoch, last: prev },
    oldestOutboxId: store.outbox[0],
    newestOutboxId: store.outbox.at(-1),
    untriedSince: untried.length > 0 ? new Date(Math.min(...untried)) : undefined,
    ranges: parts.subscriptions.map(({ name }) => {
      const { streamEpoch, ...range } = store.checkpoints.get(name) ?? startOfStream;
      return { ...range, consumer: name, epoch: streamEpoch };
    }),
  };
}

export const timerActions = (world: World) =>
  allReplicas(world)
    .filter((replica) => replica.isUp && dueTimers(world, replica).length > 0)
    .map((replica) => ({ actor: `${replica.name} timers`, replica, run: () => fire(world, replica) }));

function dueTimers(world: World, replica: Replica) {
  const { service } = replica;
  if (service.store.timers.size === 0) return [];
  const horizonMs = world.composition.wiring.horizon(world, replica)?.getTime() ?? Number.NEGATIVE_INFINITY;
  const latestMs = Math.min(horizonMs, dbNowMs(world, service));
  return [...service.store.timers].filter(([, { dueMs }]) => dueMs <= latestMs);
}

function fire(world: World, replica: Replica): void {
  const { service } = replica;
  const { store, parts } = service;
  const due = dueTimers(world, replica);
  const nowMs = dbNowMs(world, service);
  const horizon = world.composition.wiring.horizon(world, replica);
  const envelopes = due.flatMap(([timerId, { kind, payload, dueMs, attempts }]): AnyEnvelope[] => {
    const command = parts.timers[kind]?.({ timerId, kind, payload, dueAt: new Date(dueMs), attempts });
    return command && horizon ? [{ command, now: new Date(nowMs), firing: { timerId, horizon } }] : [];
  });
  try {
    const outcomes = transact(world, replica, (tx) => {
      const done = runSlice(tx, parts.model, envelopes, world.composition.wiring.remembersRequests);
      for (const [index, [timerId, row]] of due.entries()) {
        const kind = done[index]?.kind;
        if (kind === 'accepted' || kind === 'remembered') continue;
        const later = { ...row, dueMs: nowMs + PUT_OFF_MS, attempts: row.attempts + 1 };
        tx.writes.push(() => store.timers.set(timerId, later));
      }
      return done;
    });
    for (const outcome of outcomes)
      world.say(() => `${replica.name}: a deadline has passed ${told(outcome)}`);
  } catch (error) {
    if (!(error instanceof CommitUnknown)) throw error;
  }
}
