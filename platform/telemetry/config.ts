/**
 * What every process has to be observed by: its admin endpoint, and the settings of tracing by the names that OpenTelemetry
 * gave them, those that Orderlog knows. Another OTEL_* variable is refused as any unknown setting is: it would do nothing.
 */
import { z } from 'zod';
import { type Config, choice, integer, listenAddress, text, url } from '../config.ts';

export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const COLLECTOR = 'http://127.0.0.1:4318';
const HTTP = ['http:', 'https:'];
const PAIRS = /^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$/;

/** `name=value,name=value`, values percent-encoded; as an object. */
function pairs(meaning: string, isSecret = false) {
  const expected = `expected ${meaning} as name=value[,name=value], values percent-encoded`;
  return z
    .string({ error: expected })
    .regex(PAIRS, { error: expected })
    .refine((value) => !/%(?![0-9a-fA-F]{2})/.test(value), { error: expected })
    .transform((value) => Object.fromEntries(value.split(',').map(pair)))
    .meta({ expected, ...(isSecret && { isSecret }) });
}

function pair(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  return [text.slice(0, equals).trim(), decodeURIComponent(text.slice(equals + 1).trim())];
}

function fraction() {
  const error = 'expected a share from 0 to 1, such as 0.1';
  return z
    .string({ error })
    .regex(/^(?:0(?:\.\d+)?|1(?:\.0+)?)$/, { error })
    .transform(Number)
    .meta({ expected: error });
}

export const telemetryConfig = {
  ORDERLOG_ADMIN_LISTEN: listenAddress()
    .optional()
    .describe(
      'Where metrics are answered over HTTP (/metrics), and the log level, which only this machine may change (/log-level); not set: nowhere.',
    ),
  OTEL_SDK_DISABLED: choice(['false', 'true'])
    .default('false')
    .describe('true: no traces, whatever else is set.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(COLLECTOR, HTTP)
    .optional()
    .describe(
      'Where traces are sent by OTLP, to /v1/traces below it; neither this nor the next one set: no traces are made.',
    ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url(`${COLLECTOR}/v1/traces`, HTTP)
    .optional()
    .describe('The same, as it stands.'),
  OTEL_EXPORTER_OTLP_PROTOCOL: choice(['http/protobuf'])
    .default('http/protobuf')
    .describe('How traces are sent.'),
  OTEL_EXPORTER_OTLP_HEADERS: pairs('headers', true)
    .optional()
    .describe('Sent with traces, such as a key of whoever takes them.'),
  OTEL_EXPORTER_OTLP_CERTIFICATE: text('the path of a file')
    .optional()
    .describe(
      "The authorities (PEM) that vouch for the collector's certificate; not set: those that Node knows. Read when the process starts.",
    ),
  OTEL_EXPORTER_OTLP_TIMEOUT: integer(100, 60_000, 'milliseconds')
    .default(10_000)
    .describe('How long sending traces may take before they are given up.'),
  OTEL_SERVICE_NAME: text('a name')
    .optional()
    .describe('The name of this process in traces; not set: orderlog- and its own.'),
  OTEL_RESOURCE_ATTRIBUTES: pairs('attributes')
    .optional()
    .describe('More that traces say of this process, such as deployment.environment.name=staging.'),
  OTEL_TRACES_SAMPLER: choice(SAMPLERS)
    .default('parentbased_always_on')
    .describe('Which traces are recorded; parentbased: a caller that has decided it is followed.'),
  OTEL_TRACES_SAMPLER_ARG: fraction()
    .default(1)
    .describe('The share of traces that a sampler by ratio records.'),
  OTEL_BSP_SCHEDULE_DELAY: integer(10, 60_000, 'milliseconds')
    .default(5_000)
    .describe('How long spans are gathered before they are sent.'),
  OTEL_BSP_MAX_QUEUE_SIZE: integer(1, 100_000, 'spans')
    .default(2_048)
    .describe('Spans that wait to be sent; what comes beyond them is dropped, and never waited for.'),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: integer(1, 10_000, 'spans').default(512).describe('Spans sent at once.'),
};

export type TelemetryConfig = Config<typeof telemetryConfig>;
