/** What a process is observed by: its meter, its admin endpoint, and its traces, where somebody takes them. */
import type { Lifecycle } from '../lifecycle.ts';
import { startAdmin } from './admin.ts';
import type { TelemetryConfig } from './config.ts';
import { startTracing } from './exporting.ts';
import { createMeter, type Meter } from './meter.ts';

/** The first thing that a process starts, so that it ends last. `process`: its name. Throws what keeps it from listening. */
export async function startTelemetry(
  process: string,
  config: TelemetryConfig,
  { logger, onStop }: Lifecycle,
): Promise<Meter> {
  const meter = createMeter(process);
  const tracing = await startTracing(process, config, logger);
  if (tracing) onStop('the traces', (remainingMs) => tracing.stop(remainingMs / 2));
  const { ORDERLOG_ADMIN_LISTEN: listen } = config;
  if (listen) {
    const admin = await startAdmin({ meter, logger, listen });
    onStop('the admin endpoint', () => admin.close());
  }
  return meter;
}
