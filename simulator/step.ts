/** One step: whatever is possible has its time on the agenda, and the first of it is done. */
import { clientActions } from './clients.ts';
import { consumerActions } from './consumer.ts';
import { latePublishActions } from './network.ts';
import { reviewActions } from './operator.ts';
import { peerActions, waitActions } from './peers.ts';
import { providerActions } from './providerCalls.ts';
import { queueActions } from './queue.ts';
import { relayActions } from './relay.ts';
import { replayActions } from './replay.ts';
import { crash, nextDueMs, passTime, startActions } from './standingFaults.ts';
import { lookActions, timerActions } from './watermarkLooks.ts';
import { workerActions } from './worker.ts';
import { Crashed, type Replica, type World } from './world.ts';

/** Something that could happen next. */
interface Action {
  /** Whose pace it has. */
  readonly actor: string;
  /** Tells it from others of its actor; unset: there is one. */
  readonly key?: unknown;
  /** Who must not be paused. */
  readonly replica: Replica | undefined;
  readonly notBeforeMs?: number;
  /** It goes on in promises: they are settled before the next step. */
  readonly isAsync?: boolean;
  run(): void;
}

/** The first are those that end what was begun: without delays one request is done before the next begins. */
const actionsOf = (world: World): readonly Action[] => [
  ...startActions(world),
  ...queueActions(world),
  ...relayActions(world),
  ...consumerActions(world),
  ...workerActions(world),
  ...providerActions(world),
  ...peerActions(world),
  ...waitActions(world),
  ...timerActions(world),
  ...lookActions(world),
  ...latePublishActions(world),
  ...clientActions(world),
  ...reviewActions(world),
  ...replayActions(world),
];

/** False: nothing can happen any more, or not before `untilMs`. */
export async function step(world: World, untilMs: number | undefined): Promise<boolean> {
  const found = firstOf(world);
  const dueMs = nextDueMs(world) ?? Number.POSITIVE_INFINITY;
  const atMs = Math.min(found?.atMs ?? Number.POSITIVE_INFINITY, dueMs);
  if (!Number.isFinite(atMs) || (untilMs !== undefined && untilMs <= atMs)) return false;
  if (!found || dueMs < found.atMs) {
    passTime(world, dueMs - world.nowMs);
    return true;
  }
  passTime(world, Math.max(0, found.atMs - world.nowMs));
  const { action } = found;
  world.step++;
  world.nowMs++;
  world.agenda.delete(action.key ?? action.actor);
  try {
    action.run();
  } catch (error) {
    if (!(error instanceof Crashed)) throw error;
    crash(world, error.replica);
  }
  if (action.isAsync) await new Promise(setImmediate);
  return true;
}

/** Of what is possible, what comes first; of several at once, the first in order. */
function firstOf(world: World): { readonly action: Action; readonly atMs: number } | undefined {
  let first: { readonly action: Action; readonly atMs: number } | undefined;
  for (const action of actionsOf(world)) {
    if (action.replica && action.replica.pausedUntilMs > world.nowMs) continue;
    const atMs = Math.max(timeOf(world, action), world.nowMs);
    if (!first || atMs < first.atMs) first = { action, atMs };
  }
  return first;
}

/** In milliseconds; some actors are fast and some slow, otherwise in each run: so they overtake one another. */
const PACES_MS = [0, 3, 3, 10, 10, 40, 300, 3_000];

function timeOf(world: World, { actor, key = actor, notBeforeMs = 0 }: Action): number {
  const known = world.agenda.get(key);
  if (known !== undefined) return known;
  const { choices } = world;
  const paceName = `pace of ${actor}`;
  let pace = world.agenda.get(paceName);
  if (pace === undefined) {
    pace = PACES_MS[choices.pick(paceName, PACES_MS.length)] ?? 0;
    world.agenda.set(paceName, pace);
  }
  const atMs = Math.max(notBeforeMs, world.nowMs + choices.pick(`delay of ${actor}`, pace + 1));
  world.agenda.set(key, atMs);
  return atMs;
}
