/** Asks the services for what an explanation needs of them: all at once, each within a bound, and each may fail. */
import { missingIn } from '../../../platform/dependencies.ts';
import { OrderlogError } from '../../../platform/errors.ts';
import type { CallInfo } from '../../../platform/grpc/service.ts';
import { derivedId } from '../../../platform/ids.ts';
import { within } from '../../../platform/wait.ts';
import type { ServiceParts } from '../../../platform/writeService/spec.ts';
import { HealthCheckResponse_ServingStatus as Serving } from '../../../proto/gen/grpc/health/v1/health.ts';
import type { ListParkedEventsRequest, ParkedEvent } from '../../../proto/gen/orderlog/ops/v1/ops_service.ts';
import type { Asked, Look, ServiceLook } from './look.ts';
import type { Peer, PeerHistory } from './peers.ts';

/** How long an explanation waits for any answer. */
const TIMEOUT_MS = 1_000;
/** Of one aggregate in one service. */
const MAX_PARKED = 20;

type OwnOps = ServiceParts<never, never>['ops'];
type Parent = Pick<CallInfo, 'deadline' | 'signal' | 'traceparent'>;

export interface AskedHistory {
  readonly service: string;
  readonly asked: Asked<PeerHistory>;
}

export const gatherHistories = (
  peers: readonly Peer[],
  orderId: string,
  parent: Parent,
): Promise<readonly AskedHistory[]> =>
  Promise.all(
    peers.map(async ({ service, history }) => {
      const asked = ask(() => history(orderId, { timeoutMs: TIMEOUT_MS, parent }).catch(nothingYet));
      return { service, asked: await asked };
    }),
  );

function nothingYet(error: unknown): PeerHistory {
  if (error instanceof OrderlogError && error.code === 'NOT_FOUND') return { events: [] };
  throw error;
}

export async function gatherLook(
  own: OwnOps,
  peers: readonly Peer[],
  orderId: string,
  parent: Parent,
): Promise<Pick<Look, 'services' | 'timers'>> {
  const [order, timers, ...others] = await Promise.all([
    lookAtSelf(own, orderId),
    ask(() => own.getTimerStatus()),
    ...peers.map(async (peer) => [peer.service, await lookAt(peer, orderId, parent)] as const),
  ]);
  return { services: new Map([['order', order], ...others]), timers };
}

/** It answers this call, so it serves. */
async function lookAtSelf(own: OwnOps, orderId: string): Promise<ServiceLook> {
  const [relay, consumers, parked] = await Promise.all([
    ask(() => own.getRelayStatus()),
    ask(async () => (await own.getConsumerStatus()).ranges),
    ask(() => parkedOf((request) => own.listParkedEvents(request), orderId)),
  ]);
  return { health: { answer: { serves: true, missing: [] } }, relay, consumers, parked };
}

async function lookAt({ health, ops }: Peer, orderId: string, parent: Parent): Promise<ServiceLook> {
  const options = { timeoutMs: TIMEOUT_MS, parent };
  const [seen, relay, consumers, parked] = await Promise.all([
    ask(() => health.list({}, options)),
    ask(() => ops.getRelayStatus({}, options)),
    ask(async () => (await ops.getConsumerStatus({}, options)).ranges),
    ask(() => parkedOf((request) => ops.listParkedEvents(request, options), orderId)),
  ]);
  if ('failure' in seen) return { health: seen, relay, consumers, parked };
  const serves = seen.answer.statuses['']?.status === Serving.SERVING;
  return { health: { answer: { serves, missing: missingIn(seen.answer) } }, relay, consumers, parked };
}

/** Of every aggregate that belongs to the order, in whichever service: the order, its reservation, its payment. */
async function parkedOf(
  list: (request: ListParkedEventsRequest) => Promise<{ readonly events: readonly ParkedEvent[] }>,
  orderId: string,
): Promise<readonly ParkedEvent[]> {
  const aggregates = [orderId, `reservation/${orderId}`, derivedId(`payment/${orderId}`)];
  const query = { consumer: '', type: '', parkedId: '', pageSize: MAX_PARKED, pageToken: '' };
  const pages = await Promise.all(aggregates.map((aggregateId) => list({ ...query, aggregateId })));
  return pages.flatMap(({ events }) => events);
}

/** Bounded; never rejects. */
export async function ask<T>(call: () => Promise<T>): Promise<Asked<T>> {
  const answer = call().then(
    (value) => ({ answer: value }),
    (error: unknown) => ({ failure: reasonOf(error) }),
  );
  return within(TIMEOUT_MS, answer, () => ({ failure: NO_ANSWER }));
}

const NO_ANSWER = `no answer within ${TIMEOUT_MS / 1_000} s`;

function reasonOf(error: unknown): string {
  if (error instanceof OrderlogError && error.code === 'DEADLINE_EXCEEDED') return NO_ANSWER;
  return error instanceof Error ? error.message : String(error);
}
