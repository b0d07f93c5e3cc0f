/**
 * A relay (platform/log/lead.ts): takes the lease, brings the record up to the log's end, publishes what the log lacks
 * behind the sequence that it knows, records it. Each of these is a step, between which another may take the lease. The
 * lay-out of a batch and the check of what is read are the platform's own.
 */
import type { LogMessage } from '../platform/log/headers.ts';
import { LogMismatch } from '../platform/log/logMismatch.ts';
import type { ServiceLog } from '../platform/log/ownStream.ts';
import { layOut } from '../platform/log/publishBatch.ts';
import { chain } from '../platform/log/reconcile.ts';
import type { RelayRecord } from '../platform/log/relayRecord.ts';
import { messagesOf, send } from './network.ts';
import type { SimRecord, Store } from './store.ts';
import { CommitUnknown, strikes, transact } from './transact.ts';
import { Violation } from './violation.ts';
import { allReplicas, eventLabel, type RelayMemory, type Replica, type World } from './world.ts';

const MAX_PAYLOAD_BYTES = 1_000_000;

type Leading = Extract<RelayMemory, { phase: 'leads' }>;

export const relayActions = (world: World) =>
  allReplicas(world)
    .filter((replica) => replica.isUp && hasWork(world, replica))
    .map((replica) => ({ actor: `${replica.name} relay`, replica, run: () => step(world, replica) }));

function hasWork(world: World, replica: Replica): boolean {
  const { relay, service } = replica;
  const { store } = service;
  if (relay.phase === 'follows')
    return mayLead(world, replica) && (store.outbox.length > 0 || isBehind(world, store, replica));
  return relay.phase !== 'leads' || store.outbox.length > 0;
}

/** The record is not at the log's end. */
const isBehind = (world: World, store: Store, { service }: Replica): boolean =>
  store.record.position < messagesOf(world, service.parts.stream.name).length;

/** The lease is free, or its holder is gone; or it runs out although its holder is alive. */
function mayLead(world: World, replica: Replica): boolean {
  const { holder } = replica.service.store.lease;
  const owner = replica.service.replicas.find(({ name }) => name === holder);
  if (!owner || owner === replica || !owner.isUp || owner.relay.phase === 'follows') return true;
  return owner.pausedUntilMs > world.nowMs || strikes(world, 'leaseRunsOut', replica.name);
}

function step(world: World, replica: Replica): void {
  const { relay } = replica;
  try {
    if (relay.phase === 'follows') takeLease(world, replica);
    else if (relay.phase === 'reconciles') reconcile(world, replica, relay.epoch);
    else if (relay.phase === 'leads') publish(world, replica, relay);
    else record(world, replica, relay);
  } catch (error) {
    if (!(error instanceof CommitUnknown)) throw error;
    replica.relay = { phase: 'follows' };
  }
}

function takeLease(world: World, replica: Replica): void {
  const { store } = replica.service;
  const epoch = store.lease.epoch + 1;
  transact(world, replica, ({ writes }) => {
    writes.push(() => {
      store.lease = { holder: replica.name, epoch };
    });
  });
  replica.relay = { phase: 'reconciles', epoch };
  world.say(() => `the relay of ${replica.name} takes the lease`);
}

/** Reads the log from the record on: each message must be an event of this database, with the same bytes. */
function reconcile(world: World, replica: Replica, epoch: number): void {
  const { store, parts } = replica.service;
  const { record: from } = store;
  const found = messagesOf(world, parts.stream.name).slice(from.position);
  const ids = found.map(({ streamId, version, sequence, payload }) => {
    const event = store.streams.get(streamId)?.[version - 1];
    if (event && Buffer.compare(event.payload, payload) === 0) return event.position;
    throw new Violation(9, `message ${sequence} of ${parts.stream.name} is not what the database has`);
  });
  world.say(() => `the relay of ${replica.name} reads the log: ${found.length} messages beyond its record`);
  moveRecord(world, replica, epoch, from, chained(parts.stream.name, from, found), ids);
}

function chained(stream: string, from: SimRecord, found: readonly LogMessage[]): SimRecord {
  try {
    return chain(stream, from as RelayRecord, found);
  } catch (error) {
    throw error instanceof LogMismatch ? new Violation(9, error.message) : error;
  }
}

/** By compare-and-set: it is not moved by one who was overtaken. */
function moveRecord(
  world: World,
  replica: Replica,
  epoch: number,
  from: SimRecord,
  to: SimRecord,
  ids: readonly bigint[],
): void {
  const { store } = replica.service;
  const isMine = store.lease.holder === replica.name && store.lease.epoch === epoch;
  if (!isMine || store.record.position !== from.position) {
    world.say(() => `the relay of ${replica.name} finds that another leads`);
    replica.relay = { phase: 'follows' };
    return;
  }
  transact(world, replica, ({ writes }) => {
    writes.push(() => {
      store.record = to;
      store.outbox = store.outbox.filter((position) => !world.composition.wiring.isPublished(position, ids));
    });
  });
  replica.relay = { phase: 'leads', epoch, record: to };
}

function publish(world: World, replica: Replica, { epoch, record: from }: Leading): void {
  const { store, parts } = replica.service;
  const ids = store.outbox.slice(
    0,
    store.outbox.length - world.choices.pick(`unpublished by ${replica.name}`, store.outbox.length),
  );
  const events = ids.flatMap((id) => store.events.find(({ position }) => position === id) ?? []);
  const spec = { ...parts.stream, maxBytes: 0, replicas: 1 };
  const log = {
    service: parts.model.service,
    spec,
    connection: { maxPayloadBytes: () => MAX_PAYLOAD_BYTES },
  };
  const { messages, to } = layOut(log as ServiceLog, from as RelayRecord, events);
  const { wiring } = world.composition;
  if (!wiring.recordsAfterPublish) moveRecord(world, replica, epoch, from, to, ids);
  world.say(() => `the relay of ${replica.name} publishes ${events.map(eventLabel).join(', ')}`);
  const answer = send(world, replica, { stream: parts.stream.name, lastSequence: from.position, messages });
  if (answer === 'acknowledged') {
    replica.relay = wiring.recordsAfterPublish
      ? { phase: 'records', epoch, record: from, to, ids }
      : { phase: 'leads', epoch, record: store.record };
    return;
  }
  world.say(() => `  which is ${answer}`);
  replica.relay = wiring.afterUnknown({ epoch, record: from }, messagesOf(world, parts.stream.name).length);
}

function record(
  world: World,
  replica: Replica,
  { epoch, record: from, to, ids }: Extract<RelayMemory, { phase: 'records' }>,
): void {
  moveRecord(world, replica, epoch, from, to, ids);
}
