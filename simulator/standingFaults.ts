/** Faults with a time of their own: crashes, pauses, outages, checkpoints set back, and time that passes. */
import type { Choices } from './choices.ts';
import { emptyMemory } from './createWorld.ts';
import { giveUpPeers } from './peers.ts';
import { endCalls } from './providerCalls.ts';
import { nextLookMs } from './watermarkLooks.ts';
import { allReplicas, allServices, type Replica, type World } from './world.ts';

export interface StandingFault {
  readonly atMs: number;
  run(world: World): void;
}

/** The process is gone, and all that it knew; its store is as it was. */
export function crash(world: World, replica: Replica): void {
  Object.assign(replica, emptyMemory(), { isUp: false, life: replica.life + 1 });
  world.provider.calls.forEach((call, index, calls) => {
    // The call is on its way; whoever made it hears nothing.
    if (call.caller === replica)
      calls[index] = { ...call, resolve: () => undefined, reject: () => undefined };
  });
}

export const startActions = (world: World) =>
  allReplicas(world)
    .filter(({ isUp }) => !isUp)
    .map((replica) => ({
      actor: `${replica.name} start`,
      replica: undefined,
      run() {
        replica.isUp = true;
        world.say(() => `${replica.name} starts`);
      },
    }));

type Kind = (world: World, name: string) => void;

const kinds: Readonly<Record<string, Kind>> = {
  crash(world, name) {
    const replica = anyOf(world, `${name} of`, running(world));
    if (!replica) return;
    world.say(() => `${replica.name} is killed`);
    crash(world, replica);
  },
  pause(world, name) {
    const replica = anyOf(world, `${name} of`, running(world));
    if (!replica) return;
    const ms = [50, 10, 200, 5_000][world.choices.pick(`${name} for`, 4)] ?? 0;
    replica.pausedUntilMs = world.nowMs + ms;
    world.say(() => `${replica.name} is paused for ${ms} ms`);
  },
  outage(world) {
    const { provider } = world;
    provider.isDown = !provider.isDown;
    world.say(() => `the provider is ${provider.isDown ? 'down' : 'up again'}`);
  },
  setBack(world, name) {
    // Not behind what is parked: it would be parked twice.
    const places = allServices(world)
      .filter(({ store }) => store.parked.size === 0)
      .flatMap(({ store }) => [...store.checkpoints].map(([consumer, at]) => ({ store, consumer, at })));
    const found = anyOf(world, `${name} of`, places);
    if (!found) return;
    const { store, consumer, at } = found;
    const sequence = world.choices.pick(`${name} to`, at.sequence);
    for (let n = sequence + 1; n <= at.sequence; n++) store.effects.delete(`${consumer} ${n}`);
    for (const queue of store.lastEffect.keys())
      if (queue.startsWith(`${consumer}/`)) store.lastEffect.delete(queue);
    store.checkpoints.set(consumer, { ...at, sequence });
    world.say(() => `somebody sets the checkpoint of ${consumer} back from ${at.sequence} to ${sequence}`);
  },
  wait: (world, name) =>
    passTime(world, [1_000, 6_000, 40_000, 600_000][world.choices.pick(`${name} for`, 4)] ?? 0),
  longWait: (world, name) => passTime(world, (6 + world.choices.pick(`${name} for`, 20)) * 3_600_000),
};

/** How many of a kind a run may have. */
const COUNTS: Readonly<Record<string, readonly number[]>> = {
  crash: [0, 0, 0, 1, 4, 12],
  pause: [0, 0, 0, 1, 4, 12],
  outage: [0, 0, 1, 2, 6],
  setBack: [0, 0, 2, 5],
  wait: [0, 0, 2, 5, 10],
  longWait: [0, 0, 1, 3],
};

/** Over how many times the time in which requests come; a checkpoint is set back best when much has happened. */
const SPREAD: Readonly<Record<string, number>> = { setBack: 10 };

/** Spread over the time in which requests come, and some time after. */
export function drawFaults(choices: Choices, fromMs: number, toMs: number): StandingFault[] {
  if (choices.pick('standing faults', 8) === 0) return [];
  return Object.entries(kinds)
    .flatMap(([kind, run]) => {
      const counts = COUNTS[kind] ?? [];
      const count = counts[choices.pick(`number of ${kind}`, counts.length)] ?? 0;
      return Array.from({ length: count }, (_, index): StandingFault => {
        const name = `${kind} ${index + 1}`;
        // Each can be left out by itself.
        const isPlanned = choices.pick(name, 5) > 0;
        const atMs = fromMs + choices.pick(`${name} at`, Math.max(2, (SPREAD[kind] ?? 2) * (toMs - fromMs)));
        return { atMs, run: (world) => (isPlanned ? run(world, name) : undefined) };
      });
    })
    .sort((a, b) => a.atMs - b.atMs);
}

const running = (world: World): readonly Replica[] => allReplicas(world).filter(({ isUp }) => isUp);
const anyOf = <T>(world: World, name: string, of: readonly T[]): T | undefined =>
  of[world.choices.pick(name, of.length)];

/** Nothing stays on its way for longer than a few seconds. */
export function passTime(world: World, ms: number): void {
  if (ms >= 1_000) world.say(() => `${Math.round(ms / 1_000)} s pass`);
  if (ms >= 6_000) {
    endCalls(world);
    giveUpPeers(world);
  }
  world.nowMs += ms;
}

/** When something is due that nothing but time is missing for; undefined: nothing is. */
export function nextDueMs(world: World): number | undefined {
  const due = allServices(world).flatMap(({ store, clockSkewMs }) => [
    ...[...store.tasks.values()].map((task) => Math.max(task.dueMs, task.leasedUntilMs + 1) - clockSkewMs),
    ...[...store.timers.values()].map(({ dueMs }) => dueMs - clockSkewMs),
  ]);
  const paused = allReplicas(world).map(({ pausedUntilMs }) => pausedUntilMs);
  const laterMs = [...due, ...paused, nextLookMs(world)].filter(
    (ms) => ms > world.nowMs && Number.isFinite(ms),
  );
  return laterMs.length > 0 ? Math.min(...laterMs) : undefined;
}
