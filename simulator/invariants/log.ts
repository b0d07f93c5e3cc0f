/** 9, 10, 12, 13: the log holds every event once, in the aggregates' order, with its bytes; causes are there, and came before. */
import type { LogMessage } from '../../platform/log/headers.ts';
import { Violation } from '../violation.ts';
import { allServices, eventLabel, type SimService, type World } from '../world.ts';
import { lacksCause } from './causes.ts';

export function auditLog(world: World): void {
  const commits = new Map<string, number>();
  for (const { store } of allServices(world)) {
    for (const { eventId, commit } of store.events) commits.set(eventId, commit);
  }
  for (const service of allServices(world)) {
    auditStream(service, world.log[service.parts.stream.name]?.messages ?? []);
    auditPlaces(world, service);
    for (const event of service.store.events) {
      if (lacksCause(service, event)) throw new Violation(13, `${eventLabel(event)} has no cause`);
      if (!event.cause) continue;
      const causedBy = commits.get(event.cause.eventId);
      if (causedBy !== undefined && causedBy < event.commit) continue;
      throw new Violation(
        13,
        `the cause of ${eventLabel(event)} ${causedBy ? 'came after it' : 'does not exist'}`,
      );
    }
  }
}

/** 9. */
function auditStream({ store, name }: SimService, messages: readonly LogMessage[]): void {
  const versions = new Map<string, number>();
  for (const message of messages) {
    const { streamId, version, sequence } = message;
    const event = store.streams.get(streamId)?.[version - 1];
    if (!event) throw new Violation(9, `message ${sequence} is in ${name}'s log, and not in its database`);
    if (version !== (versions.get(streamId) ?? 0) + 1) {
      throw new Violation(9, `${eventLabel(message)} is doubled or out of order in ${name}'s log`);
    }
    versions.set(streamId, version);
    const isSame = event.eventId === message.eventId && Buffer.compare(event.payload, message.payload) === 0;
    if (!isSame) throw new Violation(9, `${eventLabel(message)} is not the same in log and database`);
  }
  const missing = store.events.find(({ streamId, version }) => (versions.get(streamId) ?? 0) < version);
  if (missing) throw new Violation(9, `${eventLabel(missing)} is missing in ${name}'s log`);
}

/** 10, 12. */
function auditPlaces(world: World, { store, parts, name }: SimService): void {
  if (store.outbox.length > 0)
    throw new Violation(10, `the outbox of ${name} holds ${store.outbox.length} events`);
  if (store.parked.size > 0)
    throw new Violation(12, `${name} has parked events: ${firstError(store.parked)}`);
  for (const { name: consumer, stream } of parts.subscriptions) {
    const end = world.log[stream.name]?.messages.length ?? 0;
    const sequence = store.checkpoints.get(consumer)?.sequence ?? 0;
    if (sequence !== end) throw new Violation(12, `${consumer} has read ${sequence} of ${end} messages`);
  }
}

const firstError = (parked: SimService['store']['parked']): string => {
  const [first] = [...parked.values()].flat();
  return first ? `${eventLabel(first.message)}: ${first.error}` : '';
};
