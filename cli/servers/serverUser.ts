/**
 * PostgreSQL and Elasticsearch refuse to run as root. Started by root, they run as another user, who must be able to reach
 * their files: those then live where that user can go, and not below a private home.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, chownSync, constants, existsSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { lchown, lstat, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StartError } from './types.ts';

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

/** In the order of preference. initdb needs one that has an entry in the list of users. */
const USERS = ['postgres', 'nobody'];

/** What lies here stays. */
const PLACE = '/var/lib';
/**
 * Where PLACE cannot be written to, and where an earlier version put all: what nobody has touched for a month is removed there by
 * many a system (systemd-tmpfiles).
 */
const PLACE_FOR_A_WHILE = '/var/tmp';

/** Whom servers run as; undefined: as whoever we are. */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  const users = lines.map((line) => {
    const [name = '', , uid, gid] = line.split(':');
    return { name, uid: Number(uid), gid: Number(gid) };
  });
  const user = USERS.map((name) => users.find((found) => found.name === name)).find((found) => found);
  if (user) return user;
  throw new StartError(
    `PostgreSQL and Elasticsearch do not run as root, and there is no user ${USERS.join(' or ')}`,
  );
}

/** New folders can be entered by the other user too, whatever mask root came with. Secrets have a mode of their own. */
export function letServerUserIn(): void {
  if (process.getuid?.() === 0) process.umask(0o022);
}

/** Whether the user can go into a folder, or run a program. */
export function canReach(user: ServerUser | undefined, path: string): boolean {
  if (!user) return true;
  const { uid, gid } = user;
  return spawnSync('sh', ['-c', 'test -x "$0"', path], { uid, gid, cwd: '/' }).status === 0;
}

/** Where the server's files go: the folder itself, or one in its stead that the user can reach. */
export function reachableFolder(folder: string, user: ServerUser | undefined): string {
  // The folder itself is given to the user; what counts is the way to it.
  if (canReach(user, existingAncestor(dirname(folder)))) return folder;
  const key = createHash('sha256').update(dirname(folder)).digest('hex').slice(0, 12);
  const within = (place: string) => join(place, `orderlog-${key}`, basename(folder));
  const [lasting, passing] = [within(PLACE), within(PLACE_FOR_A_WHILE)];
  if (isOursAlready(passing) && !existsSync(lasting)) return passing;
  return mayKeepIn(PLACE, user) ? lasting : passing;
}

/** Anybody may write to /var/tmp: another's folder there is none that we have used. */
function isOursAlready(folder: string): boolean {
  return existsSync(folder) && lstatSync(dirname(folder)).uid === process.getuid?.();
}

function mayKeepIn(place: string, user: ServerUser | undefined): boolean {
  try {
    accessSync(place, constants.W_OK);
    return canReach(user, place);
  } catch {
    return false;
  }
}

/** Makes the folder, and gives it with all that is in it to the user. */
export async function giveFolder(folder: string, user: ServerUser | undefined): Promise<void> {
  if (dirname(dirname(folder)) === PLACE_FOR_A_WHILE) ownInSharedPlace(dirname(folder));
  mkdirSync(folder, { recursive: true });
  if (user && lstatSync(folder).uid !== user.uid) await chownAll(folder, user);
}

/** Anybody may write to the shared place: take nothing there that somebody else laid out for us. */
function ownInSharedPlace(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === process.getuid?.()) return;
  throw new StartError(
    `${folder} belongs to somebody else: remove it, or move the project below a folder open to all`,
  );
}

async function chownAll(path: string, user: ServerUser): Promise<void> {
  if ((await lstat(path)).isDirectory()) {
    for (const name of await readdir(path)) await chownAll(join(path, name), user);
  }
  await lchown(path, user.uid, user.gid);
}

/** Gives one file to the user. */
export function giveFile(path: string, user: ServerUser | undefined): void {
  if (user) chownSync(path, user.uid, user.gid);
}

function existingAncestor(path: string): string {
  return existsSync(path) ? path : existingAncestor(dirname(path));
}
