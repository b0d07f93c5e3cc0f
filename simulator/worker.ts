/**
 * A task worker (platform/taskWorker.ts, taskResults.ts): leases what is due, calls the provider outside any transaction,
 * and commits the results together with the end of their tasks, if they are still its own.
 */
import { type AnyEnvelope, type AnyOutcome, runSlice } from './batch.ts';
import { remotesOf } from './peers.ts';
import { told } from './queue.ts';
import { countEffect, type SimTx } from './store.ts';
import { CommitUnknown, transact } from './transact.ts';
import { allReplicas, type Call, dbNowMs, type Replica, type World } from './world.ts';

const LEASE_MS = 30_000;
const NOT_TAKEN_MS = 1_000;
const never = new AbortController().signal;

export const workerActions = (world: World) =>
  allReplicas(world)
    .filter(({ isUp }) => isUp)
    .flatMap((replica) => {
      const actor = `${replica.name} worker`;
      const results = replica.calls.some(({ result }) => result)
        ? [{ actor, replica, run: () => commitResults(world, replica) }]
        : [];
      const leases = dueTasks(world, replica).map((taskId) => ({
        actor,
        key: `${actor} ${taskId}`,
        replica,
        isAsync: true,
        run: () => lease(world, replica, taskId),
      }));
      return [...results, ...leases];
    });

function dueTasks(world: World, { service, calls }: Replica): string[] {
  const nowMs = dbNowMs(world, service);
  return [...service.store.tasks.values()]
    .filter(({ dueMs, leasedUntilMs }) => dueMs <= nowMs && leasedUntilMs < nowMs)
    .map(({ taskId }) => taskId)
    .filter((taskId) => !calls.some(({ task }) => task.taskId === taskId));
}

/** One task; its handler then runs to its first call of the provider. */
function lease(world: World, replica: Replica, taskId: string): void {
  const { service } = replica;
  const { store, parts } = service;
  const row = store.tasks.get(taskId);
  if (!row) return;
  const nowMs = dbNowMs(world, service);
  const attempts = row.attempts + 1;
  try {
    transact(world, replica, ({ writes }) => {
      const leased = { ...row, attempts, holder: replica.name, leasedUntilMs: nowMs + LEASE_MS };
      writes.push(() => store.tasks.set(taskId, leased));
    });
  } catch (error) {
    // Nobody knows whether it is leased: it runs out.
    if (error instanceof CommitUnknown) return;
    throw error;
  }
  const { kind, payload, createdMs } = row;
  const task = { taskId, kind, payload, attempts, createdAt: new Date(createdMs), ageMs: nowMs - createdMs };
  const call: Call = { task, result: undefined };
  world.say(() => `${replica.name} leases a task (${kind}, try ${attempts})`);
  replica.calls.push(call);
  const outside = { provider: world.provider.seenBy(replica), remotes: remotesOf(world, replica) };
  const handler = parts.tasks(outside)[kind];
  if (!handler) throw new Error(`no handler for tasks of kind ${kind}`);
  handler(task, never).then(
    (result) => {
      call.result = result;
    },
    (error) => {
      call.result = { againAfterMs: NOT_TAKEN_MS, error: String(error) };
    },
  );
}

function commitResults(world: World, replica: Replica): void {
  const { service } = replica;
  const done = replica.calls.filter(({ result }) => result);
  const taken = new Set<Call>();
  const now = new Date(dbNowMs(world, service));
  try {
    for (const call of done) {
      const { result } = call;
      if (!result || 'command' in result) continue;
      world.say(() => `${replica.name} puts ${call.task.kind} off: ${result.error}`);
      transact(world, replica, (tx) => giveBack(world, tx, replica, call, result.againAfterMs));
      taken.add(call);
    }
    commitCommands(world, replica, done, now);
    for (const call of done) taken.add(call);
  } catch (error) {
    // Tried again as it is: the tasks that are gone tell what happened.
    if (!(error instanceof CommitUnknown)) throw error;
  }
  replica.calls = replica.calls.filter((call) => !taken.has(call));
}

function commitCommands(world: World, replica: Replica, done: readonly Call[], now: Date): void {
  const { service } = replica;
  const { store, parts } = service;
  const { isHeld, remembersRequests } = world.composition.wiring;
  const mine = done.filter(({ task }) => isHeld(store.tasks.get(task.taskId), task, replica.name));
  const envelopes = mine.flatMap(({ result }): AnyEnvelope[] =>
    result && 'command' in result ? [{ ...result, now }] : [],
  );
  const calls = mine.filter(({ result }) => result && 'command' in result);
  if (envelopes.length === 0) return;
  const outcomes = transact(world, replica, (tx): AnyOutcome[] => {
    const done = runSlice(tx, parts.model, envelopes, remembersRequests);
    for (const [index, call] of calls.entries()) {
      if (done[index]?.kind === 'accepted') finish(tx, call);
      else giveBack(world, tx, replica, call, NOT_TAKEN_MS);
    }
    return done;
  });
  for (const [index, { task }] of calls.entries()) {
    const { command } = envelopes[index] as { command: { type: string } };
    world.say(() => `${replica.name}: the ${task.kind} gave ${command.type} ${told(outcomes[index])}`);
  }
}

function finish(tx: SimTx, { task }: Call): void {
  tx.writes.push(() => tx.store.tasks.delete(task.taskId));
  countEffect(tx, `task ${task.taskId} ${task.createdAt.getTime()}`);
}

function giveBack(
  world: World,
  { store, writes, nowMs }: SimTx,
  { name }: Replica,
  { task }: Call,
  afterMs: number,
) {
  const row = store.tasks.get(task.taskId);
  if (!row || !world.composition.wiring.isHeld(row, task, name)) return;
  const free = { ...row, holder: undefined, leasedUntilMs: 0, dueMs: nowMs + afterMs, tried: true };
  writes.push(() => store.tasks.set(task.taskId, free));
}
