/** Further processes of a service beside the one that the system runs. Nobody starts them again when they end. */
import { join } from 'node:path';
import { freePort, HOST } from '../cli/servers/ports.ts';
import type { Running } from '../cli/start/keepRunning.ts';
import type { Layout } from '../cli/start/layout.ts';
import { openServiceLog } from '../cli/start/serviceLog.ts';
import { projectFolder } from '../cli/start/serviceParts.ts';
import { startService } from '../cli/start/serviceProcess.ts';
import { withoutListens } from '../cli/start/withoutListens.ts';

export interface Replica extends Running {
  readonly address: string;
}

export interface Replicas {
  start(service: string, env: NodeJS.ProcessEnv): Promise<Replica>;
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 2_000;

export function createReplicas(layout: Layout, tell: (line: string) => void): Replicas {
  const running = new Set<Running>();
  const giveUp = new AbortController();
  return {
    async start(service, env) {
      const address = `${HOST}:${await freePort()}`;
      const log = openServiceLog(service, join(layout.logs, `${service}-2.log`), tell);
      const replica = await startService({
        name: `${service} (replica)`,
        main: join(projectFolder, `services/${service}/main.ts`),
        cwd: projectFolder,
        env: { ...withoutListens(env), ORDERLOG_GRPC_LISTEN: address },
        log,
        signal: giveUp.signal,
      });
      running.add(replica);
      void replica.exited.then(() => {
        running.delete(replica);
        return log.close();
      });
      return { ...replica, address };
    },
    async stop() {
      giveUp.abort();
      await Promise.all([...running].map((replica) => replica.stop(STOP_GRACE_MS)));
    },
  };
}
