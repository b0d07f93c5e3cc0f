/**
 * A base backup of a PostgreSQL at work, as pg_basebackup makes one and in the way that its manual describes for other tools
 * (https://www.postgresql.org/docs/current/continuous-archiving.html, "Making a Base Backup Using the Low Level API"): all databases
 * as they are at one moment.
 */
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { giveFolder, serverUser } from '../../cli/servers/serverUser.ts';
import { withClient } from '../../cli/servers/serviceDatabase.ts';

/** Of these the folder alone belongs into a backup: what they hold is of the process, or comes later. */
const ONLY_FOLDERS = [
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
];
const LEFT_OUT = /^(postmaster\.(pid|opts)|pgsql_tmp.*|pg_internal\.init.*)$/;

/** `url`: the superuser's; `data`: its data folder. */
export const baseBackup = (url: string, data: string, to: string): Promise<void> =>
  withClient(url, async (client) => {
    await client.query(`select pg_backup_start('orderlog', true)`);
    const filter = (path: string) =>
      !LEFT_OUT.test(basename(path)) && !ONLY_FOLDERS.includes(basename(dirname(path)));
    await cp(data, to, { recursive: true, filter });
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
    await writeFile(join(to, 'backup_label'), rows[0]?.labelfile ?? '');
    // What was written meanwhile makes one moment of it.
    await cp(join(data, 'pg_wal'), join(to, 'pg_wal'), { recursive: true });
  });

/** Puts it in the place of the data of a server that does not run. */
export async function restoreBaseBackup(backup: string, data: string): Promise<void> {
  await rm(data, { recursive: true });
  await rename(backup, data);
  for (const name of ONLY_FOLDERS) if (!existsSync(join(data, name))) await mkdir(join(data, name));
  await chmod(data, 0o700);
  await giveFolder(data, serverUser());
}
