/**
 * The setting of a database's URL, which also says whether it is reached over TLS, and by what it is known:
 * `?sslmode=verify-full&sslrootcert=<file>`, with `&sslcert=<file>&sslkey=<file>` where it asks for a certificate too. The client
 * library reads the files anew for each connection.
 *
 * No other mode but `disable`: libpq's weaker ones would encrypt, and talk to anybody.
 */
import { accessSync, constants } from 'node:fs';
import { url } from './config.ts';

const FILES = ['sslrootcert', 'sslcert', 'sslkey'] as const;
const MODES = ['verify-full', 'disable'];
/** What would change, beside the modes, whether a certificate is looked at. */
const FOREIGN = ['ssl', 'uselibpqcompat', 'sslnegotiation'];

/** The role that it names. */
export const roleIn = (text: string): string => decodeURIComponent(new URL(text).username);

/** With the password of the role that is in it. */
export function databaseUrl(role: string, database: string = role) {
  const example = `postgres://${role}:secret@127.0.0.1:5432/${database}`;
  return url(example, ['postgres:', 'postgresql:'])
    .superRefine((value, context) => {
      const message = URL.canParse(value) ? tlsProblemOf(new URL(value)) : undefined;
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .meta({
      expected: `expected a URL such as ${example}, for TLS with ?sslmode=verify-full&sslrootcert=<the CA's file>`,
      isSecret: true,
    });
}

/** undefined: what the URL says of TLS is sound. */
export function tlsProblemOf({ searchParams }: URL): string | undefined {
  const foreign = FOREIGN.find((name) => searchParams.has(name));
  if (foreign) return `expected sslmode=verify-full instead of ${foreign}`;
  const mode = searchParams.get('sslmode');
  if (mode !== null && !MODES.includes(mode)) {
    return `expected sslmode=verify-full (or disable) instead of ${mode}, which lets anybody be the server`;
  }
  const given = FILES.filter((name) => searchParams.has(name));
  if (given.length > 0 && mode !== 'verify-full') return `expected sslmode=verify-full with ${given[0]}`;
  if (searchParams.has('sslcert') !== searchParams.has('sslkey'))
    return 'expected sslcert and sslkey together';
  const missing = given.find((name) => !isReadable(searchParams.get(name) ?? ''));
  return missing && `expected in ${missing} a file that can be read`;
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
