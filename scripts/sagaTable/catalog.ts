/** Catalog's table: the reservation of an order. */
import { foldEvents } from '../../platform/deciderTesting.ts';
import type { ReservationCommand } from '../../services/catalog/domain/commands.ts';
import { catalogDecider } from '../../services/catalog/domain/decide.ts';
import type { CatalogEvent } from '../../services/catalog/domain/events.ts';
import {
  byRpc,
  commands,
  empty,
  histories,
  itemPut,
  reserve,
} from '../../services/catalog/domain/samples.testing.ts';
import type { CatalogState } from '../../services/catalog/domain/state.ts';
import { catalogSubscriptions } from '../../services/catalog/subscriptions.ts';
import { leftAloneBy } from './leftAlone.ts';
import type { Arrival, Machine } from './machine.ts';

const ORDER = 'orderlog.order.v1.';

const brought: Readonly<
  Record<ReservationCommand['type'], Omit<Arrival<ReservationCommand>, 'name' | 'command'>>
> = {
  ReserveItems: {
    events: [`${ORDER}OrderCreated`, `${ORDER}ReserveItemsRequested`],
    others: ['rpc ReserveItems'],
    isAnswered: false,
  },
  ReleaseReservation: {
    events: [`${ORDER}OrderCancelled`, `${ORDER}ReleaseRequested`],
    others: ['rpc ReleaseReservation'],
    isAnswered: false,
  },
  ConfirmReservation: {
    events: [`${ORDER}OrderCompleted`, `${ORDER}ConfirmRequested`],
    others: ['rpc ConfirmReservation'],
    isAnswered: false,
  },
  ReturnReservation: {
    events: [`${ORDER}OrderRefunded`, `${ORDER}ReturnRequested`],
    others: ['rpc ReturnReservation'],
    isAnswered: false,
  },
};

/** Whoever calls by rpc is told. */
const ofAnotherSaga = (['ReleaseReservation', 'ConfirmReservation', 'ReturnReservation'] as const).map(
  (type): Arrival<ReservationCommand> => ({
    name: `${type}, of a direct saga that is not the order's`,
    command: byRpc(commands[type]),
    events: [],
    others: [`rpc ${type}`],
    isAnswered: true,
  }),
);

const subscribed = catalogSubscriptions.flatMap(({ policies }) => policies.codec.types);

const contradiction =
  'To a caller: it went another way, and what is asked for cannot follow. To an operator: Order and Catalog disagree on what became of the goods: a fault of ours. Look at the histories of both; deploy the fix; replay what is parked.';

export const catalogMachine: Machine<CatalogState, ReservationCommand, CatalogEvent> = {
  title: 'Catalog: the reservation of an order',
  intro:
    'All but `reserved` are final and kept for ever, so that what comes late or again meets the first outcome: a release that ' +
    'comes before any reserve leaves `released` (a tombstone), and nothing is held after it. Callers of the rpcs get the same ' +
    'refusals, and may not settle what an order holds that is not driven by rpc: the last three columns.',
  decider: catalogDecider,
  states: [
    ...Object.values(histories)
      .flat()
      .map((events) => foldEvents(catalogDecider, empty, [itemPut('TEA', 5n), ...events])),
    { ...empty, reservation: { status: 'unreadable' } },
  ],
  nameOf: ({ reservation }) =>
    'lines' in reservation && reservation.lines.length === 0
      ? `${reservation.status}, never held`
      : reservation.status,
  arrivals: [
    ...[
      ...Object.values(commands).map((command) => ({ name: command.type, command })),
      { name: 'ReserveItems, more than is free', command: reserve([['TEA', 6]]) },
    ].map(({ name, command }) => ({ name, command, ...brought[command.type] })),
    ...ofAnotherSaga,
  ],
  subscribed,
  leftAlone: leftAloneBy('orderlog.catalog.v1', subscribed),
  remedies: {
    RESERVATION_OF_ORDER:
      'The order settles its reservation by itself. To give the goods up, cancel the order.',
    RESERVATION_UNKNOWN:
      'To a caller: the order has no reservation. To an operator: the log tells of a reservation that this database lacks, as after the restore of an old backup: `orderlog recover`, then replay what is parked.',
    RESERVATION_RESERVED: contradiction,
    RESERVATION_FAILED: contradiction,
    RESERVATION_RELEASED: contradiction,
    RESERVATION_CONFIRMED: contradiction,
    HISTORY_UNREADABLE:
      'A newer version has written this reservation. Upgrade this service; then replay what is parked.',
  },
};
