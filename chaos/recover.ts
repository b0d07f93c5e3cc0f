/** `orderlog recover`, and the service that waits for it. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { projectFolder } from '../cli/start/serviceParts.ts';
import { createClient } from '../platform/grpc/client.ts';
import {
  HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from '../proto/gen/grpc/health/v1/health.ts';
import type { World, Writer } from './world.ts';

const REFUSED_WITHIN_MS = 60_000;
const RECOVER_TIMEOUT_MS = 120_000;

/** As a person runs it. */
export async function recover(world: World, service: Writer, ...flags: string[]): Promise<void> {
  const env = {
    ...process.env,
    [`ORDERLOG_${service.toUpperCase()}_DATABASE_URL`]: world.system.urls.databases.get(service)?.url,
  };
  const args = ['cli/main.ts', 'recover', service, '--nats', world.system.urls.nats, '--yes', ...flags];
  await promisify(execFile)(process.execPath, args, { cwd: projectFolder, env, timeout: RECOVER_TIMEOUT_MS });
}

/** Until the service says that it does not serve: log and database do not match. */
export async function untilRefused(world: World, service: Writer): Promise<void> {
  const health = createClient(HealthService, world.system.addresses[service]);
  const untilMs = performance.now() + REFUSED_WITHIN_MS;
  try {
    for (;;) {
      const answer = await health.check({ service: '' }, { timeoutMs: 2_000 }).catch(() => undefined);
      if (answer?.status === Serving.NOT_SERVING) return;
      if (performance.now() > untilMs) throw new Error(`${service} serves as if nothing were missing`);
      await sleep(200);
    }
  } finally {
    health.close();
  }
}
