/**
 * Makes a projection again from the first event, beside the one that is read, and lets readers go over to it. Each step can
 * be broken off at any time: the next generation and its checkpoint stay where they are, and the next run goes on.
 *
 * Errors: OrderlogError, whose message says what to do, or what the clients throw.
 */
import { pause } from '../../platform/wait.ts';
import { type Comparison, differing } from './comparison.ts';
import type { Filling } from './fill.ts';
import type { Outcome } from './outcome.ts';
import { compared, failed, fill, liveOf, nothingThere, type Surroundings, untilNear } from './steps.ts';
import type { Generation, RebuildStore } from './store.ts';
import { switchOver } from './switchOver.ts';

export interface Wish {
  /** Begin anew, whatever is there of an earlier run. */
  readonly fresh: boolean;
  /** Do not let readers go over. */
  readonly dryRun: boolean;
  /** Let readers go over whatever differs. */
  readonly acceptDifferences: boolean;
  /** Events a second. */
  readonly maxRate: number | undefined;
}

export async function rebuild(around: Surroundings, wish: Wish): Promise<Outcome> {
  const { store, screen } = around;
  const live = await liveOf(store);
  const next = await nextOf(around, wish);
  await checkWriter(store);
  const startedMs = performance.now();
  const filling = fill(around, next, wish.maxRate);
  try {
    await untilNear(around, filling, `${store.name}: filling ${next.id}`);
    const { events } = filling;
    const seconds = (performance.now() - startedMs) / 1_000;
    const filled = { projection: store.name, from: live.id, to: next.id, events, seconds };
    const since = filling.sequence;
    const comparison = await compared(around, live, next);
    if (wish.dryRun) return { action: 'compared', ...filled, comparison };
    if (differing(comparison) > 0 && !wish.acceptDifferences)
      return { action: 'differs', ...filled, comparison };
    await checkWriter(store);
    const caughtUp = await comparedSince(around, { live, next, filling, since });
    if (differing(caughtUp.comparison) > 0 && !wish.acceptDifferences)
      return { action: 'differs', ...filled, comparison: caughtUp.comparison };
    screen.say(`${store.name}: readers go over to ${next.id}`);
    const compare = { since: caughtUp.since, versionsOnly: false, isAtRest: true, signal: around.signal };
    const { acceptDifferences } = wish;
    const { stoppedBy, heldMs } = await switchOver({
      ...{ store, lease: around.lease, live, next, filling, compare, acceptDifferences },
    });
    if (stoppedBy) return { action: 'differs', ...filled, comparison: stoppedBy };
    return { action: 'switched', ...filled, comparison, heldMs };
  } finally {
    await filling.stop();
  }
}

/**
 * Compares what changed during the comparison before, again and again, while both are written: each time that is less. What is
 * left is compared while the live projection stands still.
 */
async function comparedSince(
  around: Surroundings,
  {
    live,
    next,
    filling,
    since: first,
  }: { live: Generation; next: Generation; filling: Filling; since: number },
): Promise<{ readonly since: number; readonly comparison: Comparison }> {
  const what = `${around.store.name}: catching up`;
  for (let [since, round] = [first, 1]; ; round++) {
    await untilNear(around, filling, what);
    const [upTo, startedMs] = [filling.sequence, performance.now()];
    const comparison = await compared(around, live, next, { since });
    since = upTo;
    const isBrief = performance.now() - startedMs < BRIEF_MS;
    if (isBrief || differing(comparison) > 0 || round === MAX_ROUNDS) return { since, comparison };
  }
}

/** The live projection may stand still for about so long. */
const BRIEF_MS = 300;
/** Where orders come faster than they are compared, it does not get less. */
const MAX_ROUNDS = 5;

/** Removes what an unfinished run left, or the generation that is kept after a finished one. */
export async function drop(store: RebuildStore, standing: 'next' | 'previous'): Promise<Outcome> {
  const generation = await store.find(standing);
  if (!generation) {
    const what = standing === 'next' ? 'no rebuild is unfinished' : 'no generation is kept';
    throw nothingThere(store.name, what);
  }
  await store.drop(generation);
  return { action: 'dropped', projection: store.name, id: generation.id };
}

async function nextOf({ store, screen }: Surroundings, { fresh }: Wish): Promise<Generation> {
  const next = await store.find('next');
  if (next && !fresh) {
    if (!next.isOfThisVersion) throw begunByAnother(store.name, next.id);
    screen.say(`${store.name}: a rebuild was broken off: it goes on with ${next.id}`);
    return next;
  }
  if (next) await store.drop(next);
  return await store.create();
}

/** The projector will feed the next generation: it must write what this code writes. */
async function checkWriter(store: RebuildStore): Promise<void> {
  const [first, startedMs] = [await store.liveState(), performance.now()];
  if (first?.shape === undefined || first.shape === store.shape) return;
  for (let now = first; performance.now() - startedMs < PROJECTOR_BEATS_MS; ) {
    await pause(BEAT_LOOK_MS, NEVER);
    now = (await store.liveState()) ?? now;
    if (now.shape === store.shape) return;
    if (now.beat !== first.beat) throw projectorIsOther(store.name);
  }
}

/** A projector that runs has said so within this. */
const PROJECTOR_BEATS_MS = 5_000;
const BEAT_LOOK_MS = 100;
const NEVER = new AbortController().signal;

const begunByAnother = (name: string, id: string) =>
  failed(
    'BEGUN_BY_ANOTHER_VERSION',
    `${id} was begun by another version of the code: begin anew (\`orderlog rebuild ${name} --fresh\`)`,
  );

const projectorIsOther = (name: string) =>
  failed(
    'PROJECTOR_OF_ANOTHER_VERSION',
    `the projector that runs is of another version than this command, and would write ${name} in another form: ` +
      'start it in this version, and run this again',
  );
