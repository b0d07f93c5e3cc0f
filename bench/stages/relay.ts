/** Events a second from a filled outbox into the log, against atomic batches of the same messages and nothing else. */
import { nuid } from '@nats-io/nats-core';
import { sql } from 'kysely';
import { type Database, transact } from '../../platform/database.ts';
import { appendEvents } from '../../platform/eventStore.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import { type OutgoingMessage, toMessage } from '../../platform/log/headers.ts';
import { type LogGate, startLogGate } from '../../platform/log/logGate.ts';
import { headerLine } from '../../platform/log/natsHeaders.ts';
import type { ServiceLog } from '../../platform/log/ownStream.ts';
import { MAX_BATCH_MESSAGES } from '../../platform/log/publish.ts';
import { startRelay } from '../../platform/log/relay.ts';
import type { RelayRecord } from '../../platform/log/relayRecord.ts';
import { createStream, deleteStream, type StreamSpec, streamIdentity } from '../../platform/log/stream.ts';
import { ORDERS } from '../../proto/streams.ts';
import type { Comparison } from '../bench/measure.ts';
import { assertCounts } from './counts.ts';
import { streamSpec } from './ordersLog.ts';
import { createPace, rateSince, within } from './pace.ts';
import { prepared } from './prepared.ts';
import { databaseOf, natsOf, type Postgres, postgresOf, silent } from './servers.ts';
import { groups, stories } from './stories.ts';

/** Events a second, before anything is known. */
const GUESS = 5_000;
const INSERT_EVENTS = 2_000;
const STOP_MS = 1_000;
const ACK_TIMEOUT_MS = 10_000;
/** Made once and published again and again. */
const RAW_BATCHES = 20;
const RAW = { name: 'RAW', subjectPrefix: 'raw' };

export const relay: Comparison = {
  id: 'relay',
  title: 'The relay from a filled outbox into the log, against raw atomic batches of the same messages',
  target: 0.5,
  prepare: (context) =>
    prepared(async (ending) => {
      const postgres = await postgresOf(context, ending);
      const db = await databaseOf(postgres, 'order', ending);
      const { connection } = await natsOf(context, ending);
      const log: ServiceLog = { service: 'order', spec: streamSpec(ORDERS), db, connection };
      const { signal } = context;
      const pace = createPace(GUESS);
      return {
        subject: {
          name: 'relay',
          unit: 'events/s',
          async run(seconds, say) {
            const events = await fillOutbox(db, pace.amount(seconds), say);
            await postgres.settle();
            const rate = await inNewStream(log, signal, async (gate) => {
              const drained = await drain(log, gate, { events, signal });
              await assertDrained(log, events);
              return drained;
            });
            pace.was(rate);
            return { rate, detail: { events } };
          },
        },
        reference: rawBatches(connection, postgres),
      };
    }),
};

async function fillOutbox(db: Database, events: number, say: (line: string) => void): Promise<number> {
  say(`filling the outbox with ${events} events`);
  let filled = 0;
  for (const group of groups(stories(events), INSERT_EVENTS)) {
    await transact(db, (tx) => appendEvents(tx, group));
    filled += group.length;
  }
  return filled;
}

/**
 * One as new as that of raw batches, or one side would grow older with each turn. So the database must know none; its events it
 * keeps, as a service's does.
 */
async function inNewStream<T>(
  log: ServiceLog,
  signal: AbortSignal,
  work: (gate: LogGate) => Promise<T>,
): Promise<T> {
  const gate = startLogGate(log, silent);
  let result: T;
  try {
    await within(gate.whenOpen(signal), 'matching log and database', signal);
    result = await work(gate);
  } finally {
    await gate.stop();
  }
  await deleteStream(log.connection, log.spec.name);
  await sql`delete from relay`.execute(log.db);
  return result;
}

/** From the moment at which the leader knows where the log ends, until all of it is recorded as published. */
async function drain(
  log: ServiceLog,
  gate: LogGate,
  { events, signal }: { readonly events: number; readonly signal: AbortSignal },
): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let first: { readonly position: number; readonly atMs: number } | undefined;
  const onRecord = ({ position }: RelayRecord) => {
    first ??= { position, atMs: performance.now() };
    if (position - first.position >= events) resolve(rateSince(events, first.atMs));
  };
  const running = startRelay({ ...log, onRecord, gate, holder: 'bench', logger: silent });
  try {
    return await within(promise, 'the relay', signal);
  } finally {
    await running.stop(STOP_MS);
  }
}

async function assertDrained({ connection, spec, db }: ServiceLog, events: number): Promise<void> {
  await assertPublished('the relay', connection, spec, events);
  const { rows } = await sql<{ outbox: bigint }>`select count(*) as outbox from outbox`.execute(db);
  assertCounts('the relay', rows[0], { outbox: 0 });
}

/** Into a stream that was empty. */
async function assertPublished(
  of: string,
  connection: LogConnection,
  spec: StreamSpec,
  events: number,
): Promise<void> {
  const stream = await streamIdentity(connection, spec);
  const found = stream && { messages: stream.messages, 'last sequence': stream.lastSequence };
  assertCounts(of, found, { messages: events, 'last sequence': events });
}

/** A stream like ORDERS, new for each turn, and a client that does nothing but send batches and wait for each. */
function rawBatches(connection: LogConnection, postgres: Postgres) {
  const spec = streamSpec(RAW);
  const place = { subjectPrefix: RAW.subjectPrefix, source: '/orderlog/order', prev: 1, epoch: 1 };
  const events = [...stories(RAW_BATCHES * MAX_BATCH_MESSAGES)];
  const batches = [
    ...groups(
      events.map((event) => toMessage(event, place)),
      MAX_BATCH_MESSAGES,
    ),
  ];
  return {
    name: 'raw atomic batches',
    unit: 'events/s',
    async run(seconds: number) {
      // What the relay's turn has left to be written would be written in this one.
      await postgres.settle();
      await createStream(connection, spec, 1);
      try {
        const startedMs = performance.now();
        let published = 0;
        for (let turn = 0; performance.now() - startedMs < seconds * 1_000; turn++) {
          const batch = batches[turn % batches.length] ?? [];
          await sendBatch(connection, batch);
          published += batch.length;
        }
        const rate = rateSince(published, startedMs);
        await assertPublished('raw batches', connection, spec, published);
        return { rate, detail: { events: published, batch: MAX_BATCH_MESSAGES } };
      } finally {
        await deleteStream(connection, spec.name);
      }
    },
  };
}

/** With headers as the relay writes them: the client's own map of them would take longer. */
async function sendBatch({ nats }: LogConnection, batch: readonly OutgoingMessage[]): Promise<void> {
  const id = headerLine('Nats-Batch-Id', nuid.next());
  for (const [index, { subject, payload, headers }] of batch.entries()) {
    const place = id + headerLine('Nats-Batch-Sequence', String(index + 1));
    if (index < batch.length - 1) {
      nats.publish(subject, payload, { headers: headers.and(place) });
      continue;
    }
    const commit = headers.and(place + headerLine('Nats-Batch-Commit', '1'));
    const answer = await nats.request(subject, payload, { headers: commit, timeout: ACK_TIMEOUT_MS });
    const ack = answer.json<{ count?: number }>();
    if (ack.count !== batch.length) throw new Error(`a batch was answered ${JSON.stringify(ack)}`);
  }
}
