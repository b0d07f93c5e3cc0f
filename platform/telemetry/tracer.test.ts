import assert from 'node:assert/strict';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createLogger } from '../logging.ts';
import { beginBatch } from './eventSpans.ts';
import { samplerOf } from './sampling.ts';
import { childSpan, entrySpan, MAX_LINKS, outside, SpanKind, traceWith } from './tracer.ts';

const SAMPLED = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const UNSAMPLED = SAMPLED.replace(/1$/, '0');
const STEP = { step: 'process', stream: 'ORDERS', kind: SpanKind.CONSUMER };

describe('spans', () => {
  let sent: InMemorySpanExporter;
  beforeEach(() => {
    sent = new InMemorySpanExporter();
    const sampler = samplerOf({ OTEL_TRACES_SAMPLER: 'parentbased_always_off', OTEL_TRACES_SAMPLER_ARG: 1 });
    const provider = new TracerProvider({
      sampler,
      spanProcessors: [new SimpleSpanProcessor({ exporter: sent })],
    });
    traceWith(provider.getTracer('test'));
  });
  afterEach(() => traceWith(undefined));

  it('are made where the caller records, and nowhere else', () => {
    assert.equal(entrySpan('a', undefined, {}), undefined);
    assert.equal(entrySpan('a', UNSAMPLED, {}), undefined);
    assert.equal(childSpan('a', undefined, {}), undefined);
    assert.equal(childSpan('a', SAMPLED, {})?.traceparent.slice(0, 36), SAMPLED.slice(0, 36));
    traceWith(undefined);
    assert.equal(childSpan('a', SAMPLED, {}), undefined);
  });

  it('of a batch are recorded with their members, and bounded in links', () => {
    const members = Array.from({ length: MAX_LINKS + 10 }, (_, n) => ({
      traceparent: n === 0 ? undefined : SAMPLED,
    }));
    const step = beginBatch(STEP, members);
    step?.end();
    const spans = sent.getFinishedSpans();
    const batch = spans.find(({ name }) => name === 'process batch ORDERS');
    assert.equal(batch?.links.length, MAX_LINKS);
    const own = spans.filter(({ name }) => name === 'process ORDERS');
    assert.equal(own.length, members.length - 1);
    for (const { links } of own) assert.equal(links[0]?.context.spanId, batch.spanContext().spanId);
    assert.equal(beginBatch(STEP, [{ traceparent: undefined }, {}]), undefined);
  });

  it('are named by what is logged within them, and not by what is begun outside', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const logger = createLogger({ service: 'counter', level: 'info', destination });
    childSpan('a', SAMPLED, {})?.run(() => {
      logger.info('within');
      outside(() => logger.info('outside'));
    });
    const ids = lines.map((line) => JSON.parse(line).trace_id);
    assert.deepEqual(ids, [SAMPLED.slice(3, 35), undefined]);
  });
});
