/**
 * A newer version that nobody has written yet: the tree of the image, with one migration more for every database and a field
 * more in an event of every service, as the first half of an upgrade that expands before it contracts. For where the commit
 * before cannot be had, as in a shallow clone: to it, the tree as it is is the old version.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { layOut } from '../deploy/image.ts';
import { type Version, versionIn } from './versions.ts';

interface Change {
  /** Of its migrations. */
  readonly folder: string;
  readonly sql: string;
  /** Where the event's code is generated; analytics has none. */
  readonly event?: { readonly file: string; readonly name: string };
}

/** Far above every field that an event has or gets. */
const FIELD = 15_000;
const LENGTH_DELIMITED = 2;

const eventsOf = (service: string): string => `proto/gen/orderlog/${service}/v1/events.ts`;

/** An index, a column with a default, a table: what may be added while the old version reads and writes. */
const CHANGES: readonly Change[] = [
  {
    folder: 'services/order/sql',
    sql: "alter table events add column added_later text not null default 'unknown to the old version';",
    event: { file: eventsOf('order'), name: 'OrderCreated' },
  },
  {
    folder: 'services/catalog/sql',
    sql: 'create table added_later (id uuid primary key);',
    event: { file: eventsOf('catalog'), name: 'ItemsReserved' },
  },
  {
    folder: 'services/payment/sql',
    sql: 'create index events_added_later on events (type, time);',
    event: { file: eventsOf('payment'), name: 'PaymentProcessed' },
  },
];

/** Lays it out in a folder. */
export async function newerVersion(folder: string): Promise<Version> {
  layOut(folder);
  for (const { folder: migrations, sql, event } of CHANGES) {
    addMigration(join(folder, migrations), sql);
    if (event) addField(join(folder, event.file), event.name);
  }
  return versionIn('newer', folder);
}

function addMigration(folder: string, sql: string): void {
  const number = String(globSync('*.sql', { cwd: folder }).length + 1).padStart(4, '0');
  writeFileSync(join(folder, `${number}_added_later.sql`), `${sql}\n`);
}

/** Each such event is written with it. */
function addField(file: string, event: string): void {
  const code = readFileSync(file, 'utf8');
  const start = `encode(message: ${event}, writer: BinaryWriter = new BinaryWriter()): BinaryWriter {`;
  if (!code.includes(start)) throw new Error(`${file} does not write ${event} as expected: ${start}`);
  const field = `writer.uint32(${FIELD * 8 + LENGTH_DELIMITED}).string('unknown to the old version');`;
  writeFileSync(file, code.replace(start, `${start}\n    ${field}`));
}
