/** OrderService: commands through the queue, reads from the orders themselves. */
import { issueToken } from '../../platform/consistencyToken.ts';
import type { Tx } from '../../platform/database.ts';
import type { OrderlogError } from '../../platform/errors.ts';
import { readStreamPage, readStreams } from '../../platform/eventStore.ts';
import { runCommand } from '../../platform/grpc/command.ts';
import { historyView } from '../../platform/grpc/eventView.ts';
import { pageToken, readPageToken } from '../../platform/grpc/pageToken.ts';
import { type CallInfo, type OfferedService, offer } from '../../platform/grpc/service.ts';
import { derivedId } from '../../platform/ids.ts';
import { type Keyring, seal } from '../../platform/sealing.ts';
import type { ServiceParts } from '../../platform/writeService/spec.ts';
import {
  CancelOrderResponse,
  OrderServiceService,
  type PlaceOrderRequest,
  PlaceOrderResponse,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { ORDERS } from '../../proto/streams.ts';
import type { Ends } from './direct/ends.ts';
import type { OrderCommand, PlaceOrder } from './domain/commands.ts';
import type { Order, OrderState } from './domain/state.ts';
import { explainOrder } from './explain/explainOrder.ts';
import type { Peer } from './explain/peers.ts';
import { listOrders } from './listOrders.ts';
import { assertOwnCustomer, assertVisible } from './ownership.ts';
import { historyOf, unknownOrder } from './past.ts';
import { readOrder } from './readOrder.ts';
import type { OrderStore } from './store.ts';
import { statusOf } from './view.ts';

/** What PlaceOrder needs of the direct sagas (direct/). */
export interface DirectSagas {
  /** Tells how their orders ended. */
  readonly ends: Ends;
  /** Why none is to be begun now; undefined: it may be. */
  refusal(): OrderlogError | undefined;
}

export interface OrderSettings {
  readonly store: OrderStore;
  readonly tokenKeys: Keyring;
  /** Signs consistency and page tokens. */
  readonly consistencyKey: Buffer;
  /** How long an order may take to end. */
  readonly deadlineMs: number;
  /** Who drives a saga whose order does not say it. */
  readonly defaultMode: SagaMode;
  readonly direct: DirectSagas;
  /** Asked when an order is explained. */
  readonly peers: readonly Peer[];
}

type Parts = ServiceParts<OrderState, OrderCommand>;

const DEFAULT_PAGE_SIZE = 100;

export const orderService =
  (settings: OrderSettings) =>
  (parts: Parts): readonly OfferedService[] => [
    offer(
      OrderServiceService,
      {
        async placeOrder(request, call) {
          assertOwnCustomer(request.customerId, call);
          const command = placeOrderCommand(request, call, settings, parts.clock.now());
          const { orderId, mode } = command.context;
          const isDirect = mode === SagaMode.SAGA_MODE_DIRECT;
          if (isDirect) await refuseWhileBroken(parts.db, orderId, settings);
          let isNew = false;
          const answer = await runCommand(parts.queue, call, {
            command,
            requestId: request.requestId,
            responseType: PlaceOrderResponse,
            // As it was when it was placed, whatever has become of it: a repeat whose record was lost gets the same bytes.
            reply({ version: placed }) {
              isNew = placed === 1;
              return answerFor(orderId, settings, OrderStatus.ORDER_STATUS_PENDING, 1);
            },
          });
          if (!isDirect) return answer;
          const { status, version } = await settings.direct.ends.of(orderId, parts.db, call, isNew);
          return answerFor(orderId, settings, status, version);
        },

        async cancelOrder(request, call) {
          const { orderId } = request;
          await assertVisible(parts.db, orderId, call);
          return runCommand(parts.queue, call, {
            command: { type: 'CancelOrder', orderId, message: request.message },
            requestId: request.requestId,
            responseType: CancelOrderResponse,
            reply: ({ state, version }) => answerFor(orderId, settings, statusOf(orderIn(state)), version),
          });
        },

        async getOrder(request, call) {
          await assertVisible(parts.db, request.orderId, call);
          return { order: await readOrder(parts.db, settings.store, request) };
        },

        listOrders: (request, { owner }) =>
          listOrders({ db: parts.db, store: settings.store, key: settings.consistencyKey, owner }, request),

        async getOrderHistory({ orderId: id, pageSize, pageToken: token }, call) {
          await assertVisible(parts.db, id, call);
          const scope = [call.method, id];
          const after = token === '' ? 0 : Number(readPageToken(scope, token)[0]);
          const limit = pageSize || DEFAULT_PAGE_SIZE;
          const events = await readStreamPage(parts.db, id, after, limit + 1);
          if (events.length === 0 && after === 0) throw unknownOrder(id);
          const page = events.slice(0, limit);
          const last = events.length > limit ? page.at(-1)?.version : undefined;
          const nextPageToken = last === undefined ? '' : pageToken(scope, [String(last)]);
          return { events: page.map(historyView), nextPageToken };
        },

        async explainOrder(request, call) {
          const { orderId } = request;
          await assertVisible(parts.db, orderId, call);
          const history = () => historyOf(parts.db, orderId);
          return explainOrder({ ...parts, peers: settings.peers, history }, request, call);
        },
      },
      { startsSagas: ['placeOrder'] },
    ),
  ];

/** What a command on an order answers: where the order stood after it, and a token to read it at least so far. */
export const answerFor = (
  orderId: string,
  { consistencyKey }: Pick<OrderSettings, 'consistencyKey'>,
  status: OrderStatus,
  version: number,
) => ({
  orderId,
  status,
  consistencyToken: issueToken(consistencyKey, { stream: ORDERS.name, aggregateId: orderId, version }),
});

const orderIn = (state: OrderState): Order => (state.status === 'unreadable' ? state.order : state);

export function placeOrderCommand(
  request: PlaceOrderRequest,
  call: Pick<CallInfo, 'caller'>,
  { tokenKeys, deadlineMs, defaultMode }: Pick<OrderSettings, 'tokenKeys' | 'deadlineMs' | 'defaultMode'>,
  now: Date,
): PlaceOrder {
  const orderId = derivedId(`order/${call.caller}/${request.requestId}`);
  return {
    type: 'PlaceOrder',
    context: {
      orderId,
      customerId: request.customerId,
      mode: request.sagaMode === SagaMode.SAGA_MODE_UNSPECIFIED ? defaultMode : request.sagaMode,
      sealedPaymentToken: seal(tokenKeys, request.paymentToken, orderId),
      expectedTotal: request.expectedTotal,
      deadline: new Date(now.getTime() + deadlineMs),
    },
    lines: request.lines,
  };
}

/** While it could not be gone on with, no direct saga is begun; what was begun before is answered. */
async function refuseWhileBroken(db: Tx, orderId: string, { direct }: OrderSettings): Promise<void> {
  const refusal = direct.refusal();
  if (refusal && !(await readStreams(db, [orderId])).has(orderId)) throw refusal;
}
