/**
 * One order from the read model.
 *
 * With a consistency token it first waits until the read model has the write that the token names. An order that is not in
 * the read model is asked for at the Order service: what exists there is on its way, and is waited for as if its first
 * version had been asked for; only what is not there either is NOT_FOUND. So is another's order, for a caller who may know of his own
 * alone: the Order service answers for both, and in the same words. A moment of its past is the Order service's to tell; so is every
 * order while Elasticsearch cannot be read, and the answer says that it comes from there. So is one that was answered so, until
 * the read model has come as far.
 */
import {
  type GetOrderRequest,
  type GetOrderResponse,
  ReadSource,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { aggregateOrder, isOfPast } from './aggregateOrder.ts';
import type { AnsweredVersions } from './answeredVersions.ts';
import { awaitVersion, byIdOptions, type QueryCall } from './freshness.ts';
import type { Projection } from './fromProjection.ts';
import { isReadModelDown } from './guard.ts';
import type { ProjectedOrder } from './orderReadModel.ts';
import { orderOf } from './orderService.ts';
import { wantedVersion } from './wantedVersion.ts';

/** For an order that the Order service knows and the read model lacks: usually there within some ten milliseconds. */
const BRIEF_WAIT_MS = 2_000;

/** Throws OrderlogError. */
export async function getOrder(
  projection: Projection,
  answered: AnsweredVersions,
  request: GetOrderRequest,
  call: QueryCall,
): Promise<GetOrderResponse> {
  if (isOfPast(request)) return aggregateOrder(projection, request, call);
  const { orderId } = request;
  // Before the read: others may find meanwhile that the read model has it, and this one may have seen less.
  const atLeast = answered.of(orderId);
  const projected = await projectedOrder(projection, orderId, request, call).catch(undefinedIfDown);
  const version = projected?.readState?.orderVersion ?? 0;
  if (projected && version >= atLeast) {
    answered.reached(orderId, version);
    return projected;
  }
  const aggregate = await aggregateOrder(projection, request, call);
  answered.add(orderId, aggregate.readState?.orderVersion ?? 0);
  return aggregate;
}

function undefinedIfDown(error: unknown): undefined {
  if (!isReadModelDown(error)) throw error;
}

async function projectedOrder(
  { model, orders, consistencyKey }: Projection,
  orderId: string,
  { consistencyToken }: GetOrderRequest,
  call: QueryCall,
): Promise<GetOrderResponse> {
  const wanted = wantedVersion(consistencyKey, consistencyToken);
  if (wanted) {
    const seen = await awaitVersion(model, wanted, call);
    if (wanted.orderId === orderId && isVisible(seen, call)) return answer(seen);
  }
  const found = await model.read(orderId, byIdOptions(call));
  if (found && isVisible(found, call)) return answer(found);
  const why = `order ${orderId} is not in the read model, and the Order service cannot be asked for it`;
  await orderOf(orders, { orderId }, call, why);
  return answer(await awaitVersion(model, { orderId, version: 1 }, call, BRIEF_WAIT_MS));
}

const isVisible = ({ view }: ProjectedOrder, { owner }: QueryCall): boolean =>
  owner === undefined || view.customerId === owner;

const answer = ({ view, version, sequence }: ProjectedOrder): GetOrderResponse => ({
  order: view,
  readState: {
    source: ReadSource.READ_SOURCE_PROJECTION,
    orderVersion: version,
    logSequence: BigInt(sequence),
  },
});
