/** ExplainOrder: gathers what is known, and has it explained (explain.ts). */
import type { StoredEvent } from '../../../platform/events.ts';
import type { CallInfo } from '../../../platform/grpc/service.ts';
import { readSaga, type SagaDefinition } from '../../../platform/saga/definition.ts';
import type { ServiceParts } from '../../../platform/writeService/spec.ts';
import type {
  ExplainOrderRequest,
  ExplainOrderResponse,
} from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import { eventsUntil, isPast, noSuchMoment } from '../past.ts';
import { explain } from './explain.ts';
import { type AskedHistory, ask, gatherHistories, gatherLook } from './gather.ts';
import { readOpenCalls } from './openCalls.ts';
import type { Peer } from './peers.ts';
import { type OtherHistory, standingOf } from './standing.ts';

export interface ExplainParts extends Pick<ServiceParts<never, never>, 'db' | 'clock' | 'ops'> {
  readonly peers: readonly Peer[];
  /** All of the order's own events. Throws NOT_FOUND if there is no such order. */
  readonly history: () => Promise<readonly StoredEvent[]>;
}

const SAGA = 'place-order';
let saga: SagaDefinition | undefined;

/** Throws NOT_FOUND for a moment at which it was not there. */
export async function explainOrder(
  { db, clock, ops, peers, history }: ExplainParts,
  request: ExplainOrderRequest,
  call: CallInfo,
): Promise<ExplainOrderResponse> {
  saga ??= readSaga(SAGA);
  const { orderId } = request;
  const first = eventsUntil(await history(), request);
  const last = first.at(-1);
  if (!last) throw noSuchMoment();
  const histories = await gatherHistories(peers, orderId, call);
  // The others may have gone on meanwhile, and what the order has heard of is no news.
  const own = isPast(request) ? first : await history();
  const standing = standingOf({
    definition: saga,
    own,
    others: histories.map(historyOf),
    isNow: !isPast(request),
    time: request.atTime ?? (request.atVersion === undefined ? clock.now() : last.time),
  });
  if (!standing.isNow || standing.waits.length === 0) return explain(standing, undefined);
  const calls = histories.map(({ asked }) => ('answer' in asked ? asked.answer.call : undefined));
  const [look, openCalls] = await Promise.all([
    gatherLook(ops, peers, orderId, call),
    ask(() => readOpenCalls(db, standing)),
  ]);
  return explain(standing, { ...look, call: calls.find((each) => each !== undefined), openCalls });
}

const historyOf = ({ service, asked }: AskedHistory): OtherHistory =>
  'answer' in asked
    ? { service, events: asked.answer.events }
    : { service, events: [], failure: asked.failure };
