/**
 * Fills a system with orders that have ended: as many as one likes, at a tenth of what it takes to place them. Their stories are
 * told in memory by the services' own code (stories.ts) and written as the write path and the relay would have left them
 * (write.ts), with what was answered and with the provider's ledger; consumers are put behind what they would have read. The
 * projector reads the log meanwhile as always. While this goes on the services are down.
 */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { untilQuiet } from '../../../cli/audit/quiet.ts';
import { urlFor, withClient } from '../../../cli/servers/serviceDatabase.ts';
import { folderOf, type Layout } from '../../../cli/start/layout.ts';
import { readSecrets } from '../../../cli/start/secrets.ts';
import { tokenKeys } from '../../../cli/start/services.ts';
import type { System } from '../../../cli/start/system.ts';
import type { WorkingSet } from '../../../platform/fold.ts';
import { readTable } from '../../../platform/lockedRows.ts';
import { HEADER_ROOM_BYTES } from '../../../platform/log/headers.ts';
import { parseKeyring } from '../../../platform/sealing.ts';
import { catalogModel } from '../../../services/catalog/model.ts';
import { itemsTable } from '../../../services/catalog/store.ts';
import { orderModel } from '../../../services/order/model.ts';
import { paymentModel } from '../../../services/payment/model.ts';
import { sourcesOf } from '../../compare/auditing.ts';
import type { Wishes } from '../../load/wishes.ts';
import { whileDown } from '../whileDown.ts';
import { type OpenLog, type OpenLogs, withLogs } from './openLogs.ts';
import { type Stories, type StoryOptions, storyTeller } from './stories.ts';
import { chapterWriter, type End } from './write.ts';

export interface Seeding {
  readonly system: System;
  readonly layout: Layout;
  /** Their items must be there, with stock enough. */
  readonly wishes: Wishes;
  readonly orders: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Under way at once: as many events as go to the log in one batch. */
const AT_ONCE = 250;
const QUIET_WITHIN_MS = 600_000;
/** All that write. */
const DOWN = ['order', 'catalog', 'payment', 'sandbox'] as const;

/** Resolves when all is up again and everything has been read. */
export async function seed(seeding: Seeding): Promise<void> {
  const { system, layout, say, signal } = seeding;
  await quiet(seeding);
  await whileDown(system, layout, DOWN, () => withLogs(system, (logs) => writeAll(seeding, logs)), signal);
  say('tidying up the tables');
  for (const name of system.urls.databases.keys())
    await withClient(
      urlFor(system.urls.postgres, name),
      async (client) => void (await client.query('vacuum analyze')),
    );
  await quiet(seeding);
}

async function quiet({ system, say, signal }: Seeding): Promise<void> {
  const sources = await sourcesOf(system);
  try {
    await untilQuiet(sources, QUIET_WITHIN_MS, say, signal);
  } finally {
    await sources.close();
  }
}

async function writeAll(seeding: Seeding, logs: OpenLogs): Promise<void> {
  const { orders, layout, say, signal } = seeding;
  const tell = storyTeller(await storyOptions(seeding, logs));
  const writers = {
    order: await chapterWriter(logs.order, orderModel),
    catalog: await chapterWriter(logs.catalog, catalogModel),
    payment: await chapterWriter(logs.payment, paymentModel),
  };
  const ledger = join(folderOf(layout, 'sandbox'), 'ledger.jsonl');
  const writeDown = async (stories: Stories) => {
    await Promise.all([
      writers.order.write(stories.order),
      writers.catalog.write(stories.catalog),
      writers.payment.write(stories.payment),
      appendFile(ledger, stories.ledger.map((entry) => `${JSON.stringify(entry)}\n`).join('')),
    ]);
  };
  // The next are told while those before them are written.
  let writing = Promise.resolve();
  for (let told = 0; told < orders; told += AT_ONCE) {
    signal.throwIfAborted();
    const stories = await tell(Math.min(AT_ONCE, orders - told));
    await writing;
    writing = writeDown(stories);
    // Told by the next turn.
    writing.catch(() => undefined);
    say(`seeded ${told} of ${orders} orders`);
  }
  await writing;
  const ends = Object.values(writers).map((writer) => writer.end());
  for (const log of Object.values(logs)) await standBehind(log, ends);
}

async function storyOptions({ layout, wishes }: Seeding, { catalog }: OpenLogs): Promise<StoryOptions> {
  const secrets = await readSecrets(layout.secrets);
  const keyring = parseKeyring(tokenKeys({ secrets }).ORDERLOG_TOKEN_KEYS);
  if (!keyring) throw new Error(`${layout.secrets} holds no keys`);
  const items: WorkingSet = new Map();
  await readTable(catalog.db, itemsTable, [...new Set(wishes.skus)], items);
  return {
    wishes,
    tokenKeys: keyring,
    consistencyKey: Buffer.from(secrets.consistencyKey, 'base64'),
    maxPayloadBytes: catalog.connection.maxPayloadBytes() - HEADER_ROOM_BYTES,
    items,
  };
}

/** The consumers of a service have had the effects of all that was told. */
async function standBehind({ db }: OpenLog, ends: readonly End[]): Promise<void> {
  for (const { stream, sequence, eventId, epoch } of ends) {
    if (eventId === undefined) continue;
    await sql`
      update checkpoints set sequence = ${sequence}, last_event_id = ${eventId}::uuid, stream_epoch = ${epoch}
      where stream = ${stream}`.execute(db);
  }
}
