/** The services of the table as parts of a system: each a process that is kept running. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { telemetryConfig } from '../../platform/telemetry/config.ts';
import { recordPid, removePidRecord } from '../servers/pidRecord.ts';
import { untilLetUp } from './held.ts';
import { type Kept, keepRunning, type Running } from './keepRunning.ts';
import { logFileOf, servicePidFile } from './layout.ts';
import type { Part } from './parts.ts';
import type { Reporter } from './reporter.ts';
import { openServiceLog, type ServiceLog } from './serviceLog.ts';
import { startService } from './serviceProcess.ts';
import type { ServiceContext, ServiceSpec } from './services.ts';

/** The project's folder. */
export const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

export interface ServicePart extends Part {
  /** Throws before it is up. */
  readonly kept: () => Kept;
}

const STOP_GRACE_MS = 10_000;

/** What people may do about it, whom a service that waits keeps waiting. */
const MEANWHILE =
  '  The servers stay up for it: mend it from another terminal (npx orderlog ...), and the start goes on by itself.';

export function servicePart(
  spec: ServiceSpec,
  options: {
    readonly context: ServiceContext;
    readonly env: NodeJS.ProcessEnv;
    readonly reporter: Reporter;
    readonly signal: AbortSignal;
  },
): ServicePart {
  const { name } = spec;
  const { reporter, signal } = options;
  let kept: Kept | undefined;
  let log: ServiceLog | undefined;
  return {
    name,
    needs: spec.needs,
    kept() {
      if (!kept) throw new Error(`${name} is not up`);
      return kept;
    },
    async start() {
      reporter.begin(name);
      const { context } = options;
      const own = spec.env(context);
      const serviceLog = openServiceLog(name, logFileOf(context.layout, name), reporter.note);
      log = serviceLog;
      const main = resolve(projectFolder, spec.main);
      const env = { ...own, ...environmentOf(options.env, spec.settings) };
      const start = async (startSignal: AbortSignal) => {
        await untilLetUp(context.layout, name, startSignal);
        const service = {
          name,
          main,
          heapMb: spec.heapMb,
          cwd: projectFolder,
          env,
          log: serviceLog,
          signal: startSignal,
          onWaiting: (why: string) => reporter.note(`${name} waits: ${why}\n${MEANWHILE}`),
        };
        return recorded(await startService(service), servicePidFile(context.layout, name));
      };
      kept = await keepRunning({ name, start, tell: reporter.note, signal });
      reporter.done(name, listensAt(own));
    },
    async stop() {
      await kept?.stop(STOP_GRACE_MS);
      await log?.close();
      if (kept) reporter.note(`stopped ${name}`);
    },
  };
}

/** Its process stands in the file as long as it lives. */
function recorded(running: Running, file: string): Running {
  if (running.pid !== undefined) recordPid(file, running.pid);
  void running.exited.then(() => removePidRecord(file));
  return running;
}

/**
 * A service refuses variables that it does not know: of ours it gets what is its own, its settings, and the log level; of
 * OpenTelemetry's those that it knows.
 */
const environmentOf = (env: NodeJS.ProcessEnv, settings: readonly string[] = []): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => {
      if (name.startsWith('OTEL_')) return name in telemetryConfig;
      return !name.startsWith('ORDERLOG_') || name === 'ORDERLOG_LOG_LEVEL' || settings.includes(name);
    }),
  );

const listensAt = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .flatMap(([name, value]) => (name.endsWith('_LISTEN') ? [value] : []))
    .join(', ');
