/** Items and a reservation in samples, for tests. */
import { derivedId } from '../../../platform/ids.ts';
import { moneyOf } from '../../../platform/money.ts';
import type { SagaContext } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type {
  ConfirmReservation,
  PutItem,
  ReservationCommand,
  ReserveItems,
  ReturnReservation,
} from './commands.ts';
import type { CatalogEvent } from './events.ts';
import { type CatalogState, noReservation, type Reservation } from './state.ts';

export const empty: CatalogState = { reservation: noReservation, items: new Map() };

export const contextOf = (orderId: string, more: Partial<SagaContext> = {}): SagaContext => ({
  orderId,
  customerId: 'ada',
  mode: SagaMode.SAGA_MODE_CHOREOGRAPHY,
  sealedPaymentToken: { keyId: 'k1', nonce: Buffer.alloc(12, 1), ciphertext: Buffer.alloc(22, 2) },
  expectedTotal: undefined,
  deadline: new Date('2026-01-02T03:19:05.678Z'),
  ...more,
});
export const ORDER_ID = derivedId('order/a test/1');
export const context = contextOf(ORDER_ID);

export const euro = (minor: bigint) => ({ currency: 'EUR', minor });

export const putItem = (sku: string, initialOnHand: bigint, price = euro(1890n)): PutItem => ({
  type: 'PutItem',
  sku,
  name: `a ${sku}`,
  price,
  initialOnHand,
});
export const itemPut = (sku: string, initialOnHand: bigint, price = euro(1890n)): CatalogEvent => ({
  type: 'ItemPut',
  data: { sku, name: `a ${sku}`, unitPrice: moneyOf(price), initialOnHand },
});

type Lines = readonly [sku: string, quantity: number][];

export const reserve = (lines: Lines, of: SagaContext = context): ReserveItems => ({
  type: 'ReserveItems',
  context: of,
  lines: lines.map(([sku, quantity]) => ({ sku, quantity })),
});

/** At the price of itemPut. */
export const itemsReserved = (lines: Lines): CatalogEvent => ({
  type: 'ItemsReserved',
  data: {
    context,
    lines: lines.map(([sku, quantity]) => ({
      sku,
      name: `a ${sku}`,
      quantity,
      unitPrice: moneyOf(euro(1890n)),
      lineTotal: moneyOf(euro(1890n * BigInt(quantity))),
    })),
    total: moneyOf(euro(lines.reduce((sum, [, quantity]) => sum + 1890n * BigInt(quantity), 0n))),
  },
});

const settled = (lines: Lines) => ({
  context,
  lines: lines.map(([sku, quantity]) => ({ sku, quantity: BigInt(quantity) })),
});
export const released = (lines: Lines): CatalogEvent => ({
  type: 'ReservationReleased',
  data: settled(lines),
});
export const confirmed = (lines: Lines): CatalogEvent => ({
  type: 'ReservationConfirmed',
  data: settled(lines),
});
export const returned = (lines: Lines): CatalogEvent => ({
  type: 'ReservationReturned',
  data: settled(lines),
});
export const reserveFailed: CatalogEvent = {
  type: 'ReserveFailed',
  data: { context, reason: 1, message: 'TEA: 6 asked for, 5 free', shortages: [], total: undefined },
};

const { mode } = context;

/** By the order's own saga. */
export const confirmFor = (orderId: string): ConfirmReservation => ({
  type: 'ConfirmReservation',
  orderId,
  mode,
});
export const giveBackFor = (orderId: string): ReturnReservation => ({
  type: 'ReturnReservation',
  orderId,
  mode,
});

/** The same, asked for by rpc. */
export function byRpc(command: ReservationCommand): ReservationCommand {
  const direct = { mode: SagaMode.SAGA_MODE_DIRECT };
  return 'context' in command
    ? { ...command, context: { ...command.context, ...direct } }
    : { ...command, ...direct };
}

/** One of each that is about a reservation. */
export const commands: {
  readonly [K in ReservationCommand['type']]: Extract<ReservationCommand, { type: K }>;
} = {
  ReserveItems: reserve([['TEA', 2]]),
  ReleaseReservation: { type: 'ReleaseReservation', context },
  ConfirmReservation: confirmFor(ORDER_ID),
  ReturnReservation: giveBackFor(ORDER_ID),
};

const held: Lines = [['TEA', 2]];
/** Histories that lead to each status of a reservation; several where they are told apart. */
export const histories: Readonly<
  Record<Exclude<Reservation['status'], 'unreadable'>, readonly (readonly CatalogEvent[])[]>
> = {
  none: [[]],
  reserved: [[itemsReserved(held)]],
  failed: [[reserveFailed]],
  released: [[itemsReserved(held), released(held)], [released([])]],
  confirmed: [[itemsReserved(held), confirmed(held)]],
  returned: [[itemsReserved(held), confirmed(held), returned(held)]],
};
