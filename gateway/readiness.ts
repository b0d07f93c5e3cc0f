/**
 * Whether every part answers: the services by gRPC health, with what they need from others; where reads come from the read
 * model, Elasticsearch by the health of its cluster, and the projector by the heartbeat in its checkpoint; analytics by the
 * projector's heartbeat in their database. Each is asked at once, and within a bound.
 */
import { missingIn } from '../platform/dependencies.ts';
import { DURABILITY } from '../platform/durability.ts';
import type { Elasticsearch } from '../platform/elasticsearch/client.ts';
import { readCheckpoint } from '../platform/elasticsearch/readModel.ts';
import { OrderlogError } from '../platform/errors.ts';
import type { GrpcClient } from '../platform/grpc/client.ts';
import { HEARTBEAT_MS, type ModelCheckpoint } from '../platform/modelCheckpoint.ts';
import {
  type HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from '../proto/gen/grpc/health/v1/health.ts';
import type { SalesModel } from './queries/salesModel.ts';

/** What one part says. */
export interface PartState {
  readonly ready: boolean;
  /** Why not; of one that is ready, what a person should do about it all the same. */
  readonly detail?: string;
}

type Asked = Readonly<Record<string, () => Promise<PartState>>>;
/** How each part is asked, by its name; none throws. */
export type Readiness = Asked;

export type HealthClient = Pick<GrpcClient<HealthService>, 'list'>;

export interface Parts {
  readonly order: HealthClient;
  readonly catalog: HealthClient;
  readonly payment: HealthClient;
  /** Unset: reads come from the aggregates, and nobody needs one. */
  readonly readModel?: { readonly es: Elasticsearch; readonly alias: string };
  /** Unset: there are none here. */
  readonly analytics?: Pick<SalesModel, 'checkpoint'>;
}

const TIMEOUT_MS = 2_000;
const READY: PartState = { ready: true };
const NOT_BEGUN: PartState = { ready: false, detail: 'it has not begun to read the log' };
/** Of one that hangs. */
export const NO_ANSWER: PartState = { ready: false, detail: `no answer within ${TIMEOUT_MS / 1_000} s` };
const NOT_DURABLE =
  'a standby of its database follows that commits do not wait for: should that take over, what was acknowledged last is gone';
/** Heartbeats may be late by a batch; this many in a row are not. */
const MISSED_HEARTBEATS = 5;

export function createReadiness({ order, catalog, payment, readModel, analytics }: Parts): Readiness {
  const asked: Asked = {
    order: () => serving(order),
    catalog: () => serving(catalog),
    payment: () => serving(payment),
    ...(readModel && readModelParts(readModel)),
    ...(analytics && { analytics: analyticsPart(analytics) }),
  };
  return Object.fromEntries(Object.entries(asked).map(([part, ask]) => [part, () => orNotReady(ask)]));
}

/** Asks every part, and waits for the last of them. */
export async function statesOf(readiness: Readiness): Promise<Readonly<Record<string, PartState>>> {
  const states = Object.entries(readiness).map(async ([part, ask]) => [part, await ask()] as const);
  return Object.fromEntries(await Promise.all(states));
}

function readModelParts({ es, alias }: NonNullable<Parts['readModel']>): Asked {
  const isAlive = heartbeatWatch();
  return {
    elasticsearch: () => cluster(es),
    async projector() {
      const found = await readCheckpoint(es, alias, { timeoutMs: TIMEOUT_MS });
      return found ? isAlive(found.checkpoint) : NOT_BEGUN;
    },
  };
}

function analyticsPart(analytics: NonNullable<Parts['analytics']>): () => Promise<PartState> {
  const isAlive = heartbeatWatch();
  return async () => {
    const checkpoint = await analytics.checkpoint({ timeoutMs: TIMEOUT_MS });
    return checkpoint ? isAlive(checkpoint) : NOT_BEGUN;
  };
}

async function orNotReady(ask: () => Promise<PartState>): Promise<PartState> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof OrderlogError && error.code === 'DEADLINE_EXCEEDED') return NO_ANSWER;
    return { ready: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

export async function serving(client: HealthClient): Promise<PartState> {
  const health = await client.list({}, { timeoutMs: TIMEOUT_MS });
  const missing = missingIn(health);
  if (missing.length > 0) return { ready: false, detail: `it cannot use ${missing.join(' and ')} now` };
  const isSaid = (name: string, status: Serving) => health.statuses[name]?.status === status;
  if (!isSaid('', Serving.SERVING)) return { ready: false, detail: 'it does not serve now; see its log' };
  return isSaid(DURABILITY, Serving.NOT_SERVING) ? { ...READY, detail: NOT_DURABLE } : READY;
}

export async function cluster(es: Elasticsearch): Promise<PartState> {
  const { status } = await es.cluster.health({}, { requestTimeout: TIMEOUT_MS });
  return status.toLowerCase() === 'red'
    ? { ready: false, detail: 'the cluster is red: shards are missing' }
    : READY;
}

/**
 * Alive is whose heartbeat moves, by this process's own clock; another machine's clock is trusted only for the first look,
 * and only where it says that the heartbeat is old.
 */
export function heartbeatWatch(now = () => Date.now()) {
  let seen: { readonly beat: string; readonly at: number } | undefined;
  return ({ writer, time, sequence, advice }: ModelCheckpoint): PartState => {
    const beat = `${writer} ${time} ${sequence}`;
    if (!seen) seen = { beat, at: Math.min(now(), Date.parse(time)) };
    else if (seen.beat !== beat) seen = { beat, at: now() };
    const silentMs = now() - seen.at;
    if (silentMs <= MISSED_HEARTBEATS * HEARTBEAT_MS) return advice ? { ...READY, detail: advice } : READY;
    return { ready: false, detail: `no heartbeat for ${Math.round(silentMs / 1_000)} s; its log tells why` };
  };
}
