/**
 * A consumer (platform/consume/): reads a stream behind its checkpoint, and commits what follows from a fetch together with
 * the checkpoint. What is parked, and what waits behind it, is the platform's own plan; so is the check of what was read.
 */
import { advance, type Checkpoint } from '../platform/consume/checkpoints.ts';
import type { Parking } from '../platform/consume/parkedRow.ts';
import { followLog } from '../platform/consume/reader.ts';
import { PARTITIONS } from '../platform/ids.ts';
import type { LogMessage } from '../platform/log/headers.ts';
import { type AnySubscription, handleEvents, park } from './reactions.ts';
import { queueName, type SimTx } from './store.ts';
import { CommitUnknown, strikes, transact } from './transact.ts';
import { allReplicas, type Replica, type World } from './world.ts';

export const startOfStream: Checkpoint = {
  firstPartition: 0,
  lastPartition: PARTITIONS - 1,
  sequence: 0,
  lastEventId: undefined,
  streamEpoch: 1,
};

export const consumerActions = (world: World) =>
  allReplicas(world)
    .filter(({ isUp }) => isUp)
    .flatMap((replica) =>
      replica.service.parts.subscriptions
        .filter((subscription) => isBehind(world, replica, subscription))
        .map((subscription) => ({
          actor: `${replica.name} ${subscription.name}`,
          replica,
          run: () => fetch(world, replica, subscription),
        })),
    );

const storedPlace = ({ service }: Replica, { name }: AnySubscription): Checkpoint =>
  service.store.checkpoints.get(name) ?? startOfStream;

const messagesOf = (world: World, { stream }: AnySubscription): readonly LogMessage[] =>
  world.log[stream.name]?.messages ?? [];

/** Nothing is left to read once the checkpoint is at the end, whatever a replica that was overtaken believes. */
const isBehind = (world: World, replica: Replica, subscription: AnySubscription): boolean =>
  storedPlace(replica, subscription).sequence < messagesOf(world, subscription).length;

/** Where its owner knows the checkpoint; read anew after anything went wrong. */
function fetch(world: World, replica: Replica, subscription: AnySubscription): void {
  const { name } = subscription;
  const place = replica.consumers.get(name) ?? storedPlace(replica, subscription);
  replica.consumers.delete(name);
  const messages = take(world, subscription, place);
  const last = messages.at(-1);
  if (!last) return;
  const [to = place] = advance([place], last);
  try {
    if (!handle(world, replica, subscription, messages, place, to)) {
      world.say(() => `${replica.name} finds that ${name} was read on by another`);
      return;
    }
  } catch (error) {
    // Reading begins again where the checkpoint stands.
    if (error instanceof CommitUnknown) return;
    throw error;
  }
  replica.consumers.set(name, to);
}

/** Some of what comes next; now and then from an earlier place again, or with one missing. */
function take(world: World, subscription: AnySubscription, place: Checkpoint): readonly LogMessage[] {
  const { name } = subscription;
  const all = messagesOf(world, subscription);
  const left = all.length - place.sequence;
  const count = left - world.choices.pick(`unread by ${name}`, left);
  const again = strikes(world, 'readAgain', name)
    ? 1 + world.choices.pick(`read again by ${name}`, place.sequence)
    : 0;
  const hole = strikes(world, 'holeInDelivery', name) ? 1 + world.choices.pick(`hole for ${name}`, count) : 0;
  const delivered = all
    .slice(Math.max(0, place.sequence - again), place.sequence + count)
    .filter(({ sequence }) => hole === 0 || sequence !== place.sequence + hole);
  const follow = followLog(
    subscription.stream.name,
    [place],
    hole === 0 ? undefined : place.sequence - again,
  );
  try {
    return delivered.filter(follow);
  } catch (error) {
    world.say(
      () =>
        `${subscription.name} refuses what is delivered: ${error instanceof Error ? error.message : error}`,
    );
    return [];
  }
}

/** In one transaction: the checkpoint moves from where it is known, and the fetch has its effects. False: it was moved. */
function handle(
  world: World,
  replica: Replica,
  subscription: AnySubscription,
  messages: readonly LogMessage[],
  from: Checkpoint,
  to: Checkpoint,
): boolean {
  const { name } = subscription;
  const { store } = replica.service;
  const isHere = storedPlace(replica, subscription).sequence === from.sequence;
  const move = ({ writes }: SimTx) => writes.push(() => store.checkpoints.set(name, to));
  if (!isHere) return false;
  const { movesCheckpointWithEffects } = world.composition.wiring;
  if (!movesCheckpointWithEffects) transact(world, replica, move);
  const work = {
    messages,
    parkedBefore: new Set(
      messages.map(({ streamId }) => streamId).filter((id) => store.parked.has(queueName(name, id))),
    ),
    after(tx: SimTx, parkings: readonly Parking[]) {
      if (movesCheckpointWithEffects) move(tx);
      park(world, tx, name, parkings);
    },
  };
  handleEvents(world, replica, subscription, work);
  return true;
}
