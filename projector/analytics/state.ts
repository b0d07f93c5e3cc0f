/** What is counted of an order: where it stands, when it was placed, how long its steps took, and what it sold. */
import type {
  CancellationReason,
  OrderStatus,
  RejectionReason,
} from '../../proto/gen/orderlog/order/v1/types.ts';

/** Steps whose time is known from the order's own events; `order` is from its placing to its end. */
export type TimedStep = 'reserve' | 'charge' | 'cancel' | 'refund' | 'order';

/** Times in milliseconds since 1970. */
export interface CountedOrder {
  readonly status: OrderStatus;
  readonly placedAt: number;
  /** The first time of each. */
  readonly reservedAt?: number;
  readonly paidAt?: number;
  readonly cancelAskedAt?: number;
  /** The first end; a refund comes after one. */
  readonly endedAt?: number;
  /** Milliseconds that a step took. */
  readonly took: Readonly<Partial<Record<TimedStep, number>>>;
  readonly rejectionReason?: RejectionReason;
  /** Of a cancellation or a refund. */
  readonly cancellationReason?: CancellationReason;
  /** At the reserved prices. */
  readonly lines: readonly CountedLine[];
  readonly sale?: Booking;
  readonly refund?: Booking;
}

export interface CountedLine {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly currency: string;
  readonly minor: bigint;
}

/** Money that came in, or went back. */
export interface Booking {
  readonly at: number;
  /** ISO 4217. */
  readonly currency: string;
  readonly minor: bigint;
}

/** JSON with amounts as text: they may exceed 2^53. */
export const toJson = (order: CountedOrder): object => ({
  ...order,
  lines: order.lines.map(amountAsText),
  ...(order.sale && { sale: amountAsText(order.sale) }),
  ...(order.refund && { refund: amountAsText(order.refund) }),
});

type AsText<T> = Omit<T, 'minor'> & { readonly minor: string };
type Stored = Omit<CountedOrder, 'lines' | 'sale' | 'refund'> & {
  readonly lines: readonly AsText<CountedLine>[];
  readonly sale?: AsText<Booking>;
  readonly refund?: AsText<Booking>;
};

/** What toJson made it of. */
export function fromJson(json: object): CountedOrder {
  const { lines, sale, refund, ...order } = json as Stored;
  return {
    ...order,
    lines: lines.map(amountAsBigint),
    ...(sale && { sale: amountAsBigint(sale) }),
    ...(refund && { refund: amountAsBigint(refund) }),
  };
}

const amountAsText = <T extends { readonly minor: bigint }>(value: T): AsText<T> => ({
  ...value,
  minor: value.minor.toString(),
});

const amountAsBigint = <T extends { readonly minor: string }>(value: T) => ({
  ...value,
  minor: BigInt(value.minor),
});
