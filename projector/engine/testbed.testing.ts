/** What the projector's tests stand on: a log to publish to, an index of each test's own, and the order projection. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, beforeEach } from 'mocha';
import { pino } from 'pino';
import { type Elasticsearch, openElasticsearch } from '../../platform/elasticsearch/client.ts';
import { type DocumentHead, readCheckpoint, readDocument } from '../../platform/elasticsearch/readModel.ts';
import { OrderView } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import type { OrderDocument } from '../orders/document.ts';
import { ordersIndex } from '../orders/mapping.ts';
import { ordersProjection } from '../orders/projection.ts';
import type { DocumentTargetOptions } from './documentTarget.ts';
import { liveDocumentTarget } from './liveDocuments.ts';
import { type OrdersLog, ordersLog } from './ordersLog.testing.ts';
import type { EventRecord, IndexDefinition } from './projection.ts';
import { runProjection } from './run.ts';

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly why?: string;
  readonly sequence?: number;
}

/** An index of a test's own, read and written through `url`. */
export interface TestModel {
  readonly es: Elasticsearch;
  readonly index: IndexDefinition;
  view(orderId: string): Promise<OrderView | undefined>;
  head(orderId: string): Promise<DocumentHead | undefined>;
  checkpoint(): Promise<number>;
  /** Waits until the projection has read up to a sequence. */
  reached(sequence: number, withinMs?: number): Promise<void>;
  remove(): Promise<void>;
}

export function testModel(url: string): TestModel {
  const es = openElasticsearch({ url, requestTimeoutMs: 10_000 });
  const alias = `orders-${randomUUID()}`;
  const index = { ...ordersIndex, alias };
  const read = (orderId: string) => readDocument<OrderDocument>(es, alias, orderId, { timeoutMs: 10_000 });
  const checkpoint = async () => {
    const found = await readCheckpoint(es, alias, { timeoutMs: 10_000 }).catch(() => undefined);
    return found?.checkpoint.sequence ?? 0;
  };
  return {
    es,
    index,
    async view(orderId) {
      const document = await read(orderId);
      return document && OrderView.fromJSON(document.view);
    },
    head: read,
    checkpoint,
    reached: (sequence, withinMs) =>
      eventually(async () => assert((await checkpoint()) >= sequence), withinMs),
    async remove() {
      const all = Object.keys(await es.indices.get({ index: `${alias}*` }));
      if (all.length > 0) await es.indices.delete({ index: all });
      await es.close();
    },
  };
}

/** Tries until it does not throw. */
export async function eventually(check: () => Promise<void>, withinMs = 20_000): Promise<void> {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > endsAt) throw error;
      await sleep(20);
    }
  }
}

export const messagesOf = (projector: Projector, level: string): string[] =>
  projector.lines.filter((line) => line.level === level).map(({ msg }) => msg);

export interface Projector {
  /** What it logged. */
  readonly lines: readonly LogLine[];
  /** Of which orders the history was asked for. */
  readonly refolded: readonly string[];
  stop(): Promise<void>;
}

export interface ProjectorSetup {
  readonly log: OrdersLog;
  readonly model: TestModel;
  /** If it reaches Elasticsearch by another way than the test. */
  readonly url?: string;
  /** What the Order service tells of an order. */
  readonly history?: (orderId: string) => readonly EventRecord[];
  /** Messages that it takes at once, if not as many as usual. */
  readonly maxMessages?: number;
  readonly onStored?: DocumentTargetOptions['onStored'];
}

export function startProjector(setup: ProjectorSetup): Projector {
  const { log, model, url, history, maxMessages, onStored } = setup;
  const lines: LogLine[] = [];
  const refolded: string[] = [];
  const write = (line: string) => lines.push(JSON.parse(line));
  const logger = pino({ formatters: { level: (level) => ({ level }) } }, { write });
  const es = url === undefined ? model.es : openElasticsearch({ url, requestTimeoutMs: 2_000 });
  const projection = {
    ...ordersProjection({ getOrderHistory: () => Promise.reject(new Error('not asked')) }),
    index: model.index,
    async history(orderId: string) {
      refolded.push(orderId);
      return history?.(orderId) ?? [];
    },
  };
  const stopping = new AbortController();
  const live = liveDocumentTarget(projection, {
    es,
    logger,
    writer: randomUUID(),
    ...(onStored && { onStored }),
  });
  const limits = { ...live.limits, ...(maxMessages !== undefined && { maxMessages }) };
  const target = { ...live, limits };
  const running = runProjection(
    { connection: log.connection, logger },
    { projection, target },
    stopping.signal,
  );
  return {
    lines,
    refolded,
    async stop() {
      stopping.abort();
      await running;
      if (es !== model.es) await es.close();
    },
  };
}

/** A projector's surroundings, new for each test of the suite that calls this. */
export interface Bed {
  readonly elasticsearchUrl: string;
  readonly log: OrdersLog;
  readonly model: TestModel;
  /** Stopped after the test, if not before. */
  start(more?: Partial<ProjectorSetup>): Projector;
  stop(projector: Projector): Promise<void>;
}

/** How a test gets its servers (cli/servers/testing.ts). */
export interface Servers {
  testElasticsearch(): Promise<{ readonly url: string }>;
  testNats(): Promise<StoppableServer>;
}

interface StoppableServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Registers the hooks; what it gives is there once they have run. */
export function projectorBed(servers: Servers): Bed {
  let elasticsearchUrl: string;
  let nats: StoppableServer;
  let log: OrdersLog;
  let model: TestModel;
  const running = new Set<Projector>();
  const stop = async (projector: Projector) => {
    running.delete(projector);
    await projector.stop();
  };
  before(async function () {
    this.timeout(120_000);
    elasticsearchUrl = (await servers.testElasticsearch()).url;
    nats = await servers.testNats();
  });
  after(() => nats.stop());
  beforeEach(async () => {
    log = await ordersLog(nats.url);
    model = testModel(elasticsearchUrl);
  });
  afterEach(async () => {
    await Promise.all([...running].map(stop));
    await model.remove();
    await log.remove();
  });
  return {
    get elasticsearchUrl() {
      return elasticsearchUrl;
    },
    get log() {
      return log;
    },
    get model() {
      return model;
    },
    start(more = {}) {
      const projector = startProjector({ log, model, ...more });
      running.add(projector);
      return projector;
    },
    stop,
  };
}
