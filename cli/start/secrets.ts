/** The keys and passwords of a local system: generated once, in one file that only its owner can read. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { neverShow } from '../../platform/redaction/texts.ts';
import { natsUsers } from '../servers/natsUsers.ts';
import { StartError } from '../servers/types.ts';

export interface Secrets {
  /** Seals payment tokens; 32 bytes in base64. */
  readonly tokenKey: string;
  /** Signs consistency tokens; 32 bytes in base64. */
  readonly consistencyKey: string;
  /** Signs the provider's webhooks. */
  readonly webhookSecret: string;
  /** By role of PostgreSQL; those of users of NATS by `nats/<user>`. */
  readonly passwords: Readonly<Record<string, string>>;
}

const natsRole = (user: string): string => `nats/${user}`;
export const natsRoles: readonly string[] = natsUsers.map(({ name }) => natsRole(name));

/** By user. */
export const natsPasswordsIn = ({ passwords }: Pick<Secrets, 'passwords'>): Secrets['passwords'] =>
  Object.fromEntries(natsUsers.map(({ name }) => [name, passwords[natsRole(name)] ?? '']));

const key = (): string => randomBytes(32).toString('base64');
const password = (): string => randomBytes(24).toString('hex');

/**
 * Reads them, and generates what is not there yet. `orElse`, asked where the file is missing: there is a database already, whose
 * sealed tokens a new key could not open, and what to do if the file is lost; undefined: there is none. With one they must be there.
 */
export async function loadSecrets(
  file: string,
  roles: readonly string[],
  orElse: () => string | undefined | Promise<string | undefined>,
): Promise<Secrets> {
  const found = existsSync(file) ? await read(file) : undefined;
  const advice = found ? undefined : await orElse();
  if (advice !== undefined) {
    throw new StartError(
      `${file} is missing, and without its keys open orders could not be paid: restore it, or ${advice}`,
    );
  }
  const secrets: Secrets = {
    tokenKey: found?.tokenKey ?? key(),
    consistencyKey: found?.consistencyKey ?? key(),
    webhookSecret: found?.webhookSecret ?? password(),
    passwords: Object.fromEntries(roles.map((role) => [role, found?.passwords[role] ?? password()])),
  };
  hideSecrets(secrets);
  if (JSON.stringify(secrets) !== JSON.stringify(found)) await write(file, secrets);
  return secrets;
}

/** From now on they stand in nothing that this process prints. */
export const hideSecrets = ({ passwords, ...keys }: Secrets): void =>
  neverShow([...Object.values(keys), ...Object.values(passwords)]);

/** Those of a system that has been started, which has written all of them. */
export const readSecrets = async (file: string): Promise<Secrets> => (await read(file)) as Secrets;

/** A parser's message and stack quote what it was given. */
export const unreadable = (file: string, error: unknown): string =>
  `${file} cannot be read: ${error instanceof SyntaxError ? 'it is no JSON; restore it' : (error as Error).message}`;

/** A file that an earlier version wrote may lack some. */
async function read(file: string): Promise<Partial<Secrets> & Pick<Secrets, 'passwords'>> {
  try {
    const secrets = JSON.parse(await readFile(file, 'utf8')) as Secrets;
    return { ...secrets, passwords: { ...secrets.passwords } };
  } catch (error) {
    throw new StartError(unreadable(file, error));
  }
}

/** On disk before anything is made with them. */
async function write(file: string, secrets: Secrets): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  const handle = await open(unfinished, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(secrets, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
}
