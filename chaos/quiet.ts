/** When a system has come to rest: every order ended, nothing on its way, everybody has read everything. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { withClient } from '../cli/servers/serviceDatabase.ts';
import { openElasticsearch } from '../platform/elasticsearch/client.ts';
import { readCheckpoint } from '../platform/elasticsearch/readModel.ts';
import { type Looked, WRITERS, type Writer } from './world.ts';

const POLL_MS = 250;
const READ_TIMEOUT_MS = 5_000;
const ORDERS_ALIAS = 'orders';
const STREAM_OF: Readonly<Record<Writer, string>> = {
  order: 'ORDERS',
  catalog: 'CATALOG',
  payment: 'PAYMENTS',
};
/** Types of the events that end an order. */
export const ENDS = ['OrderCompleted', 'OrderRejected', 'OrderCancelled', 'OrderRefunded'].map(
  (name) => `orderlog.order.v1.${name}`,
);

/** Waits for it; returns what still moves when the time is over. */
export async function untilQuiet(
  world: Looked,
  orderIds: readonly string[],
  withinMs: number,
): Promise<string | undefined> {
  const untilMs = performance.now() + withinMs;
  let before = '';
  for (;;) {
    let open: string | undefined;
    try {
      const state = await look(world, orderIds);
      open = state.open ?? (state.events === before ? undefined : 'events are still being written');
      before = state.events;
    } catch (error) {
      open = `it cannot be looked at: ${(error as Error).message}`;
    }
    if (open === undefined || performance.now() > untilMs) return open;
    await sleep(POLL_MS);
  }
}

interface Look {
  /** What is not at rest. */
  readonly open: string | undefined;
  /** Changes with each event. */
  readonly events: string;
}

async function look(world: Looked, orderIds: readonly string[]): Promise<Look> {
  const states = await Promise.all(WRITERS.map((writer) => lookAt(world, writer)));
  const ends = new Map(states.map(({ stream, prev }) => [stream, prev]));
  const events = states.map((state) => state.events).join(' ');
  const open =
    states.flatMap((state) => problemsOf(state, ends))[0] ??
    (await unended(world, orderIds)) ??
    (await readModelBehind(world, Math.max(...(ends.get('ORDERS') ?? []))));
  return { open, events };
}

interface WriterState {
  readonly writer: Writer;
  readonly stream: string;
  readonly events: string;
  readonly outbox: number;
  readonly tasks: number;
  readonly parked: number;
  /** The last sequence of each partition of its stream. */
  readonly prev: readonly number[];
  readonly checkpoints: readonly {
    name: string;
    stream: string;
    first: number;
    last: number;
    sequence: number;
  }[];
}

const lookAt = (world: Looked, writer: Writer): Promise<WriterState> =>
  withClient(world.databaseUrl(writer), async (client) => {
    const counts = await one<{ events: string; outbox: number; tasks: number; parked: number }>(
      client,
      `select (select count(*) from events) as events, (select count(*)::integer from outbox) as outbox,
        (select count(*)::integer from tasks) as tasks, (select count(*)::integer from parked_events) as parked`,
    );
    const relay = await one<{ prev: string[] }>(client, 'select prev::text[] from relay');
    const { rows } = await client.query<WriterState['checkpoints'][number]>(
      `select consumer as name, stream, first_partition as first, last_partition as last, sequence::float8 as sequence
       from checkpoints`,
    );
    return { writer, stream: STREAM_OF[writer], ...counts, prev: relay.prev.map(Number), checkpoints: rows };
  });

async function one<T extends pg.QueryResultRow>(client: pg.Client, text: string): Promise<T> {
  const { rows } = await client.query<T>(text);
  if (!rows[0]) throw new Error(`no row: ${text}`);
  return rows[0];
}

function problemsOf(
  { writer, outbox, tasks, parked, checkpoints }: WriterState,
  ends: ReadonlyMap<string, readonly number[]>,
): string[] {
  const behind = checkpoints.filter(({ stream, first, last, sequence }) => {
    const end = Math.max(0, ...(ends.get(stream) ?? []).slice(first, last + 1));
    return sequence < end;
  });
  return [
    ...(outbox > 0 ? [`${outbox} events of ${writer} are not in the log`] : []),
    ...(tasks > 0 ? [`${tasks} tasks of ${writer} are open`] : []),
    ...(parked > 0 ? [`${parked} events are parked at ${writer}`] : []),
    ...behind.map(({ name, sequence }) => `consumer ${name} is at ${sequence}`),
  ];
}

/** Which of these orders have not ended, in words; undefined: all have. */
export const unended = (world: Looked, orderIds: readonly string[]): Promise<string | undefined> =>
  withClient(world.databaseUrl('order'), async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `select id from unnest($1::text[]) as asked(id)
       where not exists (select from events where stream_id = id and type = any($2::text[]))`,
      [orderIds, ENDS],
    );
    return rows.length > 0 ? `${rows.length} orders have not ended, such as ${rows[0]?.id}` : undefined;
  });

/** How far the read model is behind this place in ORDERS, in words; undefined: it is there. */
export async function readModelBehind({ system }: Looked, end: number): Promise<string | undefined> {
  const es = openElasticsearch({ url: system.urls.elasticsearch, requestTimeoutMs: READ_TIMEOUT_MS });
  try {
    const found = await readCheckpoint(es, ORDERS_ALIAS, { timeoutMs: READ_TIMEOUT_MS });
    const at = found?.checkpoint.sequence ?? 0;
    return at < end ? `the read model is at ${at} of ${end}` : undefined;
  } finally {
    await es.close();
  }
}

/** How many of these orders were open at some time between the two. */
export const openBetween = (
  world: Looked,
  orderIds: readonly string[],
  from: Date,
  to: Date,
): Promise<number> =>
  withClient(world.databaseUrl('order'), async (client) => {
    const { rows } = await client.query(
      `select from events where stream_id = any($1::text[]) group by stream_id
       having min(time) <= $2 and max(time) >= $3`,
      [orderIds, to, from],
    );
    return rows.length;
  });
