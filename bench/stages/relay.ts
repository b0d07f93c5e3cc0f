/** Events a second from a filled outbox into the log, against atomic batches of the same messages and nothing else. */
import { nuid } from '@nats-io/nats-core';
import { type Database, transact } from '../../platform/database.ts';
import { appendEvents } from '../../platform/eventStore.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import { type OutgoingMessage, toMessage } from '../../platform/log/headers.ts';
import { startLogGate } from '../../platform/log/logGate.ts';
import type { ServiceLog } from '../../platform/log/ownStream.ts';
import { MAX_BATCH_MESSAGES } from '../../platform/log/publish.ts';
import { startRelay } from '../../platform/log/relay.ts';
import type { RelayRecord } from '../../platform/log/relayRecord.ts';
import { createStream, deleteStream } from '../../platform/log/stream.ts';
import { ORDERS } from '../../proto/streams.ts';
import type { Comparison } from '../bench/measure.ts';
import { streamSpec } from './ordersLog.ts';
import { createPace, rateSince } from './pace.ts';
import { prepared } from './prepared.ts';
import { databaseOf, natsOf, postgresOf, silent } from './servers.ts';
import { groups, stories } from './stories.ts';

/** Events a second, before anything is known. */
const GUESS = 5_000;
const INSERT_EVENTS = 2_000;
const STOP_MS = 1_000;
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
      const gate = startLogGate(log, silent);
      ending.defer(() => gate.stop());
      await gate.whenOpen(context.signal);
      const pace = createPace(GUESS);
      return {
        subject: {
          name: 'relay',
          unit: 'events/s',
          async run(seconds, say) {
            const events = await fillOutbox(db, pace.amount(seconds), say);
            await postgres.settle();
            const rate = await drain(log, gate, events);
            pace.was(rate);
            return { rate, detail: { events } };
          },
        },
        reference: rawBatches(connection),
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

/** From the moment at which the leader knows where the log ends, until all of it is recorded as published. */
async function drain(
  log: ServiceLog,
  gate: ReturnType<typeof startLogGate>,
  events: number,
): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let first: { readonly position: number; readonly atMs: number } | undefined;
  const onRecord = ({ position }: RelayRecord) => {
    first ??= { position, atMs: performance.now() };
    if (position - first.position >= events) resolve(rateSince(events, first.atMs));
  };
  const running = startRelay({ ...log, onRecord, gate, holder: 'bench', logger: silent });
  try {
    return await promise;
  } finally {
    await running.stop(STOP_MS);
  }
}

/** A stream like ORDERS, new for each turn, and a client that does nothing but send batches and wait for each. */
function rawBatches(connection: LogConnection) {
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
      await createStream(connection, spec, 1);
      try {
        const startedMs = performance.now();
        let published = 0;
        for (let turn = 0; performance.now() - startedMs < seconds * 1_000; turn++) {
          const batch = batches[turn % batches.length] ?? [];
          await sendBatch(connection, batch);
          published += batch.length;
        }
        return { rate: rateSince(published, startedMs), detail: { batch: MAX_BATCH_MESSAGES } };
      } finally {
        await deleteStream(connection, spec.name);
      }
    },
  };
}

async function sendBatch({ nats }: LogConnection, batch: readonly OutgoingMessage[]): Promise<void> {
  const id = nuid.next();
  for (const [index, { subject, payload, headers }] of batch.entries()) {
    headers.set('Nats-Batch-Id', id);
    headers.set('Nats-Batch-Sequence', String(index + 1));
    if (index < batch.length - 1) {
      nats.publish(subject, payload, { headers });
      continue;
    }
    headers.set('Nats-Batch-Commit', '1');
    const ack = (await nats.request(subject, payload, { headers, timeout: 10_000 })).json<{
      count?: number;
    }>();
    if (ack.count !== batch.length) throw new Error(`a batch was answered ${JSON.stringify(ack)}`);
  }
}
