/** PostgreSQL's data folder: made whole or not at all, checked before each start. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, runCommand } from './commands.ts';
import { reasonIn } from './explainExit.ts';
import { commandOf } from './pidRecord.ts';
import type { PostgresBinaries } from './postgresBinaries.ts';
import { giveFile, type ServerUser } from './serverUser.ts';
import { StartError } from './types.ts';

export const SUPERUSER = 'postgres';
const INITDB_TIMEOUT_MS = 120_000;

export const dataFolder = (folder: string): string => join(folder, 'data');
const passwordFile = (folder: string): string => join(folder, 'superuser.password');

/** The major version that made the data; undefined: there is none yet. */
export async function dataMajor(folder: string): Promise<number | undefined> {
  const data = dataFolder(folder);
  if (!existsSync(data)) return undefined;
  const text = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '');
  if (/^\d+\s*$/.test(text)) return Number(text);
  throw new StartError(
    `${data} is not a data folder of PostgreSQL any more (no PG_VERSION): restore it from a backup, ` +
      'or start empty (npm start -- --fresh)',
  );
}

/** The superuser's password. */
export async function superuserPassword(folder: string): Promise<string> {
  const file = passwordFile(folder);
  const password = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (password) return password;
  throw new StartError(`${file} is missing: restore it, or start empty (npm start -- --fresh)`);
}

/** Makes a cluster: UTF-8, C locale, checksums, scram passwords. Under another name first, so that half of it never counts. */
export async function initializeData(options: {
  readonly folder: string;
  readonly binaries: PostgresBinaries;
  readonly user: ServerUser | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  const { folder, binaries, user, env, signal } = options;
  await removeUnfinished(folder);
  const unfinished = join(folder, `initializing-${process.pid}`);
  const password = randomBytes(24).toString('hex');
  const handedOver = `${unfinished}.password`;
  await writeFile(handedOver, password, { mode: 0o600 });
  giveFile(handedOver, user);
  const args = ['-D', unfinished, '-U', SUPERUSER, '-A', 'scram-sha-256', `--pwfile=${handedOver}`];
  args.push('-E', 'UTF8', '--locale=C', '--data-checksums');
  const identity = user ? { uid: user.uid, gid: user.gid } : {};
  try {
    await runCommand(binaries.initdb, args, {
      env,
      ...identity,
      cwd: folder,
      timeoutMs: INITDB_TIMEOUT_MS,
      signal,
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const why = reasonIn(error.output) || error.message;
    throw new StartError(`PostgreSQL's data folder could not be made: ${why}`, { cause: error });
  } finally {
    await rm(handedOver, { force: true });
  }
  await writeFile(passwordFile(folder), `${password}\n`, { mode: 0o600 });
  await rename(unfinished, dataFolder(folder));
}

async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith('initializing-')) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/**
 * PostgreSQL removes a stale postmaster.pid itself, unless another process of the same user has that id by now: then we
 * do, after a look at what that process is.
 */
export async function clearStaleLock(folder: string): Promise<void> {
  const file = join(dataFolder(folder), 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (!pid) return;
  const command = commandOf(pid);
  if (!command) return;
  if (!command.includes('postgres')) return rm(file, { force: true });
  if (command.includes(dataFolder(folder))) {
    throw new StartError(`PostgreSQL already runs on ${dataFolder(folder)} (process ${pid}): stop it first`);
  }
}
