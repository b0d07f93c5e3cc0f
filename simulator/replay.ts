/** An operator replays parked events (platform/consume/replayChunk.ts): a queue in order, up to the first that fails again. */
import { handleEvents } from './reactions.ts';
import { CommitUnknown } from './transact.ts';
import { allServices, eventLabel, type Replica, type World } from './world.ts';

const BETWEEN_TRIES_MS = 500;

export const replayActions = (world: World) =>
  allServices(world).flatMap(({ store, replicas }) => {
    const [replica] = replicas.filter(({ isUp }) => isUp);
    if (!replica) return [];
    return [...store.parked.keys()].map((name) => ({
      actor: 'operator',
      key: name,
      notBeforeMs: world.nowMs + BETWEEN_TRIES_MS,
      replica,
      run: () => replay(world, replica, name),
    }));
  });

function replay(world: World, replica: Replica, name: string): void {
  const { store, parts } = replica.service;
  const events = store.parked.get(name) ?? [];
  const subscription = parts.subscriptions.find((each) => each.name === events[0]?.consumer);
  if (!subscription) return;
  const messages = events.map(({ message }) => message);
  world.say(() => `an operator replays ${messages.map(eventLabel).join(', ')}`);
  try {
    handleEvents(world, replica, subscription, {
      messages,
      parkedBefore: new Set(),
      after({ writes }, parkings) {
        const failed = parkings[0]?.message;
        const left = failed ? events.slice(messages.indexOf(failed)) : [];
        writes.push(() => (left.length > 0 ? store.parked.set(name, left) : store.parked.delete(name)));
      },
    });
  } catch (error) {
    if (!(error instanceof CommitUnknown)) throw error;
  }
}
