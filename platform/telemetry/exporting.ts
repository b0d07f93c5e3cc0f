/**
 * Starts tracing where a collector is named: spans are gathered and sent by OTLP over HTTP. A collector that is away costs
 * spans and nothing else; it is told once a minute at most. The SDK is loaded only here, and only then.
 */
import { readFileSync } from 'node:fs';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { ConfigError } from '../config.ts';
import type { Logger } from '../logging.ts';
import { assertAuthorities } from '../tls/pem.ts';
import { within } from '../wait.ts';
import type { TelemetryConfig } from './config.ts';
import { traceWith } from './tracer.ts';

export interface Tracing {
  /** Sends what is gathered, for so long at most. */
  stop(graceMs: number): Promise<void>;
}

const TELL_EVERY_MS = 60_000;

/** undefined: nobody takes traces. Throws ConfigError for a file of authorities that cannot be used. */
export async function startTracing(
  process: string,
  config: TelemetryConfig,
  logger: Logger,
): Promise<Tracing | undefined> {
  const url = collectorOf(config);
  if (url === undefined) return undefined;
  const ca = authoritiesOf(config);
  const [
    { BatchSpanProcessor, TracerProvider },
    { OTLPTraceExporter },
    { resourceFromAttributes },
    { samplerOf },
  ] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/resources'),
    import('./sampling.ts'),
  ]);
  const tell = tellFailures(logger);
  const exporter = new OTLPTraceExporter({
    url,
    timeoutMillis: config.OTEL_EXPORTER_OTLP_TIMEOUT,
    headers: config.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    ...(ca && { httpAgentOptions: { keepAlive: true, ca } }),
  });
  const gathering = new BatchSpanProcessor({
    exporter,
    scheduledDelayMillis: config.OTEL_BSP_SCHEDULE_DELAY,
    maxQueueSize: config.OTEL_BSP_MAX_QUEUE_SIZE,
    maxExportBatchSize: Math.min(config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, config.OTEL_BSP_MAX_QUEUE_SIZE),
  });
  const resource = resourceFromAttributes({
    ...config.OTEL_RESOURCE_ATTRIBUTES,
    'service.name': config.OTEL_SERVICE_NAME ?? `orderlog-${process}`,
    'service.namespace': 'orderlog',
  });
  const provider = new TracerProvider({ resource, sampler: samplerOf(config), spanProcessors: [gathering] });
  traceWith(provider.getTracer('orderlog'));
  return {
    async stop(graceMs) {
      traceWith(undefined);
      const shutdown = provider.shutdown().catch((error) => tell(String(error)));
      // What cannot be sent keeps no process from ending well.
      await within(graceMs, shutdown, () => undefined);
    },
  };
}

/** Where traces go; undefined: nowhere. */
export function collectorOf(config: TelemetryConfig): string | undefined {
  if (config.OTEL_SDK_DISABLED === 'true') return undefined;
  if (config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT !== undefined)
    return config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const base = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  return base && `${base.replace(/\/$/, '')}/v1/traces`;
}

function authoritiesOf({ OTEL_EXPORTER_OTLP_CERTIFICATE: file }: TelemetryConfig): Buffer | undefined {
  if (file === undefined) return undefined;
  try {
    const pem = readFileSync(file);
    assertAuthorities({ pem, file }, new Date());
    return pem;
  } catch (error) {
    throw new ConfigError([`OTEL_EXPORTER_OTLP_CERTIFICATE cannot be used: ${(error as Error).message}`]);
  }
}

/** What the SDK has to say, in the log and not on stderr. */
function tellFailures(logger: Logger): (message: string) => void {
  let quietUntilMs = 0;
  const tell = (message: string) => {
    if (performance.now() < quietUntilMs) return;
    quietUntilMs = performance.now() + TELL_EVERY_MS;
    logger.warn({ why: message.slice(0, 300) }, 'traces cannot be sent; what was gathered is given up');
  };
  const nothing = () => undefined;
  const told = { error: tell, warn: tell, info: nothing, debug: nothing, verbose: nothing };
  diag.setLogger(told, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  return tell;
}
