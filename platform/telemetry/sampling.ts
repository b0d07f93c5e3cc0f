/** Which traces are recorded: OpenTelemetry's samplers by their names, and one rule of ours for batches. */
import { type Context, type Link, type SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { TelemetryConfig } from './config.ts';

type Choice = Pick<TelemetryConfig, 'OTEL_TRACES_SAMPLER' | 'OTEL_TRACES_SAMPLER_ARG'>;

export const samplerOf = (choice: Choice): Sampler => followingLinks(plainSampler(choice));

function plainSampler({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: Choice): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}

/** A span of a batch, a root with links, is recorded where one of its members is: by itself it would be by luck. */
const followingLinks = (base: Sampler): Sampler => ({
  shouldSample(context: Context, traceId: string, name: string, kind: SpanKind, attributes, links: Link[]) {
    const isBatch = links.some((link) => (link.context.traceFlags & TraceFlags.SAMPLED) !== 0);
    if (isBatch && !trace.getSpanContext(context)) return { decision: SamplingDecision.RECORD_AND_SAMPLED };
    return base.shouldSample(context, traceId, name, kind, attributes, links);
  },
  toString: () => `FollowingLinks{${base}}`,
});
