/** Finds a Java that can run Elasticsearch. */
import { join } from 'node:path';
import { executable, findOnPath, runCommand } from './commands.ts';
import { canReach, type ServerUser } from './serverUser.ts';
import { StartError } from './types.ts';

const OLDEST = 17;
const TIMEOUT_MS = 20_000;

/** Its home, from JAVA_HOME or PATH. */
export async function findJava(env: NodeJS.ProcessEnv, user: ServerUser | undefined): Promise<string> {
  const ofHome = env.JAVA_HOME ? executable(join(env.JAVA_HOME, 'bin', 'java')) : undefined;
  const candidates = [ofHome, findOnPath('java', env)].filter((path) => path !== undefined);
  const passedOver: string[] = [];
  for (const java of new Set(candidates)) {
    const said = await runCommand(java, ['-XshowSettings:properties', '-version'], {
      env,
      timeoutMs: TIMEOUT_MS,
    }).catch((error: Error) => error.message);
    const version = /java\.specification\.version = (\S+)/.exec(said)?.[1] ?? '';
    const home = /java\.home = (.+)/.exec(said)?.[1]?.trim();
    if (!home) passedOver.push(`${java} does not run`);
    // Old ones say 1.8.
    else if (Number.parseFloat(version) < OLDEST) passedOver.push(`${java} is ${version}`);
    else if (!canReach(user, join(home, 'bin', 'java')))
      passedOver.push(`user ${user?.name} cannot run ${java}`);
    else return home;
  }
  const found = passedOver.length > 0 ? ` (${passedOver.join('; ')})` : '';
  throw new StartError(
    `Elasticsearch needs Java ${OLDEST} or newer${found}: install one (such as openjdk-${OLDEST}-jre-headless) so that ` +
      'java is on PATH, or set JAVA_HOME, or set ORDERLOG_ELASTICSEARCH_URL',
  );
}
