/**
 * What a scenario of the saga is, as data: what there is, what is done, and how its orders end. Nothing in it says in which
 * mode it runs: how an order ends does not depend on who drives the saga.
 */
import type { Ending } from './endings.ts';
import type { Step } from './steps.ts';

export type Mode = 'choreography' | 'orchestration' | 'direct';

/** An item that no other scenario sells. */
export interface ItemPlan {
  /** Pieces on the shelf; 5. */
  readonly onHand?: number;
  /** In minor units; 1,000. */
  readonly price?: bigint;
  /** EUR. */
  readonly currency?: string;
}

export interface LinePlan {
  /** The name of one of the scenario's items, or a SKU that nobody knows. */
  readonly item: string;
  readonly quantity: number;
}

export interface OrderPlan {
  /** How the provider behaves (services/sandbox/provider.ts); `tok_ok`. */
  readonly token?: string;
  /** One piece of `item`. */
  readonly lines?: readonly LinePlan[];
  /** In minor units. */
  readonly expectedTotal?: bigint;
  /** How it ends, unless as the scenario says for all. */
  readonly ends?: Expected;
}

/** One of several, where the moment decides. */
export type Expected = Ending | readonly Ending[];

export interface Scenario {
  /** What happens, and how it ends. */
  readonly name: string;
  /** By name; one that is called `item`. */
  readonly items?: Readonly<Record<string, ItemPlan>>;
  /** One of one piece. */
  readonly orders?: readonly OrderPlan[];
  /** Before the disturbance strikes; all orders are placed. */
  readonly when?: readonly Step[];
  /** While it lasts. */
  readonly meanwhile?: readonly Step[];
  /** When it is over. */
  readonly afterwards?: readonly Step[];
  readonly ends: Expected;
  /** How many orders end in which status, where each may end in more than one. */
  readonly tally?: Readonly<Record<string, number>>;
  /** Its orders are of all modes: it runs once. */
  readonly mixed?: true;
}

/** Several orders alike. */
export const times = (count: number, plan: OrderPlan = {}): readonly OrderPlan[] =>
  Array.from({ length: count }, () => plan);

const ITEM: ItemPlan = {};
export const itemsOf = ({ items }: Scenario): Readonly<Record<string, ItemPlan>> => items ?? { item: ITEM };
export const ordersOf = ({ orders }: Scenario): readonly OrderPlan[] => orders ?? times(1);
export const linesOf = ({ lines }: OrderPlan): readonly LinePlan[] =>
  lines ?? [{ item: 'item', quantity: 1 }];
export const priceOf = ({ price = 1_000n }: ItemPlan): bigint => price;
export const onHandOf = ({ onHand = 5 }: ItemPlan): bigint => BigInt(onHand);
