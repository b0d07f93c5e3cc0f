/** What a service does with events (platform/consume/reactions.ts): the commands that follow, in one transaction, and parking. */
import type { Parking } from '../platform/consume/parkedRow.ts';
import { errorOf, type Findings, planBatch, type Reaction } from '../platform/consume/plan.ts';
import { reactionsOf } from '../platform/consume/reactions.ts';
import { derivedId } from '../platform/ids.ts';
import type { LogMessage } from '../platform/log/headers.ts';
import type { Subscription } from '../platform/writeService/spec.ts';
import { runSlice } from './batch.ts';
import { told } from './queue.ts';
import { noteMessage, queueName, type SimTx } from './store.ts';
import { strikes, transact } from './transact.ts';
import { dbNowMs, eventLabel, type Replica, type World } from './world.ts';

export type AnySubscription = Subscription<unknown>;

/** Events to handle in one transaction, and what else belongs into it (platform/consume/reactions.ts). */
interface EventWork {
  readonly messages: readonly LogMessage[];
  readonly parkedBefore: ReadonlySet<string>;
  readonly after: (tx: SimTx, parkings: readonly Parking[]) => void;
}

/** Plans, tries, and plans again with what it found out, until nothing fails. Returns what was parked. */
export function handleEvents(
  world: World,
  replica: Replica,
  subscription: AnySubscription,
  { messages, parkedBefore, after }: EventWork,
): readonly Parking[] {
  const { remembersRequests, queuesBehindParked } = world.composition.wiring;
  const { model } = replica.service.parts;
  const now = new Date(dbNowMs(world, replica.service));
  const findings: Findings = { parked: queuesBehindParked ? parkedBefore : new Set(), failed: new Map() };
  const reactions = reactionsIn(world, subscription, messages);
  for (;;) {
    const plan = planBatch<unknown, unknown>(reactions, findings, now);
    const done = transact(world, replica, (tx) => {
      const before = tx.writes.length;
      const outcomes = runSlice(tx, model, plan.envelopes, remembersRequests);
      const known = findings.failed.size;
      for (const [index, message] of plan.sources.entries()) {
        const error = errorOf(outcomes[index]);
        if (error !== undefined) findings.failed.set(message, error);
      }
      if (findings.failed.size > known) {
        tx.writes.length = before;
        return undefined;
      }
      const parked = new Set(plan.parkings.map(({ message }) => message));
      for (const message of messages) {
        if (!parked.has(message)) noteMessage(tx, subscription.name, message);
      }
      after(tx, plan.parkings);
      return outcomes;
    });
    if (!done) continue;
    for (const [index, message] of plan.sources.entries()) {
      const command = plan.envelopes[index]?.command as { type: string } | undefined;
      world.say(() => `${replica.name} reads ${eventLabel(message)}: ${command?.type} ${told(done[index])}`);
    }
    return plan.parkings;
  }
}

function reactionsIn(
  world: World,
  { name, policies }: AnySubscription,
  messages: readonly LogMessage[],
): readonly Reaction<unknown>[] {
  const faulty: typeof policies.react = (event, source) => {
    checkPoison(world, name, source);
    return policies.react(event, source);
  };
  return reactionsOf({ codec: policies.codec, react: faulty }, messages);
}

/** A release whose handler throws on an event does so until a better one is deployed. */
function checkPoison(world: World, consumer: string, { sequence }: LogMessage): void {
  if (world.isHealed) return;
  const name = `${consumer}/${sequence}`;
  if (strikes(world, 'poison', consumer)) world.poisoned.add(name);
  if (world.poisoned.has(name)) throw new Error('the handler throws');
}

export function park(
  world: World,
  { store, writes, nowMs }: SimTx,
  consumer: string,
  parkings: readonly Parking[],
): void {
  for (const parking of parkings) {
    const { message, error } = parking;
    world.say(() => `${consumer} parks ${eventLabel(message)}: ${error ?? 'it waits behind another'}`);
    const name = queueName(consumer, message.streamId);
    const parkedId = derivedId(`parked/${consumer}/${message.sequence}`);
    writes.push(() => {
      const queue = store.parked.get(name) ?? [];
      const event = {
        ...parking,
        parkedId,
        consumer,
        attempts: error === undefined ? 0 : 1,
        parkedAt: new Date(nowMs),
      };
      store.parked.set(name, [...queue, event]);
      store.everParked.add(name);
    });
  }
}
