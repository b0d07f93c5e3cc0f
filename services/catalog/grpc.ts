/** CatalogService: commands through the queue, reads from the rows. */
import type { Tx } from '../../platform/database.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { readStreamPage } from '../../platform/eventStore.ts';
import { runCommand } from '../../platform/grpc/command.ts';
import { historyView } from '../../platform/grpc/eventView.ts';
import { pageToken, readPageToken } from '../../platform/grpc/pageToken.ts';
import { type CallInfo, type OfferedService, offer } from '../../platform/grpc/service.ts';
import { amountOf } from '../../platform/money.ts';
import { required } from '../../platform/policies.ts';
import type { Versioned } from '../../platform/writeModel.ts';
import type { ServiceParts } from '../../platform/writeService/spec.ts';
import {
  AdjustStockResponse,
  CatalogServiceService,
  ConfirmReservationResponse,
  type Item as ItemMessage,
  PutItemResponse,
  ReleaseReservationResponse,
  type Reservation as ReservationMessage,
  ReserveItemsResponse,
  ReturnReservationResponse,
} from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { type SagaContext, SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import type { CatalogCommand } from './domain/commands.ts';
import { itemUnknown, reservationUnknown, reservationUnreadable } from './domain/refusals.ts';
import type { CatalogState, KnownReservation, Reservation } from './domain/state.ts';
import { reservationStream } from './model.ts';
import { itemsTable, listItems, reservationsTable } from './store.ts';
import { itemMessage, reservationMessage } from './view.ts';

type Parts = ServiceParts<CatalogState, CatalogCommand>;
type After = Versioned<CatalogState>;

const DEFAULT_PAGE_SIZE = 100;
/** A reservation has three at most. */
const MAX_EVENTS = 100;

export const catalogService = (parts: Parts): readonly OfferedService[] => {
  const { db, queue } = parts;
  const run = <R>(
    call: CallInfo,
    requestId: string,
    command: CatalogCommand,
    responseType: { encode(message: R): { finish(): Uint8Array } },
    reply: (after: After) => R,
  ) => runCommand(queue, call, { command, requestId, responseType, reply });

  return [
    offer(CatalogServiceService, {
      putItem({ requestId, sku, name, unitPrice, initialOnHand }, call) {
        const price = amountOf(required(unitPrice, 'unit_price'), 'unit_price');
        const command = { type: 'PutItem', sku, name, price, initialOnHand } as const;
        return run(call, requestId, command, PutItemResponse, (after) => ({ item: itemAfter(after, sku) }));
      },
      adjustStock({ requestId, sku, delta, reason }, call) {
        const command = { type: 'AdjustStock', sku, delta, reason } as const;
        return run(call, requestId, command, AdjustStockResponse, (after) => ({
          item: itemAfter(after, sku),
        }));
      },
      async getItem({ sku }) {
        const found = (await itemsTable.read(db, [sku])).get(sku);
        if (!found?.state) throw new OrderlogError('NOT_FOUND', 'ITEM_UNKNOWN', itemUnknown(sku).message);
        return { item: itemMessage({ ...found, state: found.state }) };
      },
      async listItems({ pageSize, pageToken: token }, { method }) {
        const limit = pageSize || DEFAULT_PAGE_SIZE;
        const [after = ''] = token === '' ? [] : readPageToken([method], token);
        const items = await listItems(db, after, limit + 1);
        const page = items.slice(0, limit);
        const last = items.length > limit ? page.at(-1)?.state.sku : undefined;
        return { items: page.map(itemMessage), nextPageToken: last ? pageToken([method], [last]) : '' };
      },
      reserveItems(request, call) {
        const context = contextOf({ ...request });
        const command = { type: 'ReserveItems', context, lines: request.lines } as const;
        return run(call, request.requestId, command, ReserveItemsResponse, reservationAfter);
      },
      releaseReservation(request, call) {
        const command = { type: 'ReleaseReservation', context: contextOf(request) } as const;
        return run(call, request.requestId, command, ReleaseReservationResponse, reservationAfter);
      },
      confirmReservation({ requestId, orderId }, call) {
        const command = { type: 'ConfirmReservation', ...byRpc(orderId) } as const;
        return run(call, requestId, command, ConfirmReservationResponse, reservationAfter);
      },
      returnReservation({ requestId, orderId }, call) {
        const command = { type: 'ReturnReservation', ...byRpc(orderId) } as const;
        return run(call, requestId, command, ReturnReservationResponse, reservationAfter);
      },
      async getReservation({ orderId: id, withHistory = false }) {
        const reservation = await readReservation(db, id);
        const events = withHistory ? await readStreamPage(db, reservationStream(id), 0, MAX_EVENTS) : [];
        return { reservation, events: events.map(historyView) };
      },
    }),
  ];
};

/** Whoever calls by rpc drives the saga: policies leave its events alone, and what another saga holds is not moved. */
const byRpc = (orderId: string) => ({ orderId, mode: SagaMode.SAGA_MODE_DIRECT });

const contextOf = (request: {
  orderId: string;
  customerId: string;
  expectedTotal?: SagaContext['expectedTotal'];
  deadline?: Date | undefined;
}): SagaContext => ({
  ...byRpc(request.orderId),
  customerId: request.customerId,
  sealedPaymentToken: undefined,
  expectedTotal: request.expectedTotal,
  deadline: request.deadline,
});

function itemAfter({ state, version }: After, sku: string): ItemMessage {
  const item = state.items.get(sku);
  if (!item) throw new Error(`${sku} is not among the items after its own command`);
  return itemMessage({ state: item, version });
}

const reservationAfter = ({ state, version }: After): { reservation: ReservationMessage } => ({
  reservation: reservationMessage({ state: known(state.reservation), version }),
});

async function readReservation(db: Tx, orderId: string): Promise<ReservationMessage> {
  const found = (await reservationsTable.read(db, [orderId])).get(orderId);
  if (!found || found.state.status === 'none') {
    const { code, reason, message } = reservationUnknown(orderId);
    throw new OrderlogError(code, reason, message);
  }
  return reservationMessage({ state: known(found.state), version: found.version });
}

function known(reservation: Reservation): KnownReservation {
  if (reservation.status === 'none' || reservation.status === 'unreadable') {
    const { code, reason, message } = reservationUnreadable;
    throw new OrderlogError(code, reason, message);
  }
  return reservation;
}
