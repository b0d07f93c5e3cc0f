/** What an architecture can answer of an order's past: asked of the running system, about one order that has ended. */
import { OrderlogError } from '../../platform/errors.ts';
import type { Order } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus, orderStatusToJSON } from '../../proto/gen/orderlog/order/v1/types.ts';
import type { Bed } from './bed.ts';
import type { Answer } from './figures.ts';
import { answered } from './patience.ts';

interface Question {
  readonly question: string;
  readonly isHistory: boolean;
  /** Returns what was answered; throws what the system said, or what is wrong with its answer. */
  ask(bed: Bed, order: Order): Promise<string>;
}

class NoAnswer extends Error {}

const QUESTIONS: readonly Question[] = [
  {
    question: 'every event, with its cause',
    isHistory: true,
    async ask({ orders }, { orderId, version }) {
      const { events } = await orders.getOrderHistory({ orderId, pageSize: 1_000, pageToken: '' });
      if (events.length !== version) throw new NoAnswer(`${events.length} of ${version} events`);
      return `${events.length} events`;
    },
  },
  {
    question: 'the order after its first event',
    isHistory: true,
    async ask({ orders }, { orderId }) {
      const { order } = await orders.getOrder({ orderId, atVersion: 1 });
      return statusAt(order, 1);
    },
  },
  {
    question: 'the order at a time in its past',
    isHistory: true,
    async ask({ orders }, { orderId, createTime }) {
      const { order } = await orders.getOrder({ orderId, atTime: createTime });
      return statusAt(order);
    },
  },
  {
    question: 'what happened when, from the read side',
    isHistory: false,
    async ask({ query }, { orderId, version }) {
      const { order } = await query.getOrder({ orderId, consistencyToken: '' });
      const entries = order?.timeline.length ?? 0;
      if (entries !== version) throw new NoAnswer(`${entries} of ${version} entries`);
      return `${entries} entries`;
    },
  },
];

function statusAt(order: Order | undefined, version = order?.version): string {
  if (order?.status !== OrderStatus.ORDER_STATUS_PENDING || order.version !== version) {
    throw new NoAnswer(`it answers version ${order?.version}`);
  }
  return orderStatusToJSON(order.status);
}

/** `orderId`: of an order that has been completed, and has come to rest. */
export async function askHistory(bed: Bed, orderId: string): Promise<readonly Answer[]> {
  const { order } = (await answered(() => bed.orders.getOrder({ orderId }))).value;
  if (!order) throw new Error(`there is no order ${orderId}`);
  const answers: Answer[] = [];
  for (const { question, isHistory, ask } of QUESTIONS) {
    try {
      const { value: detail } = await answered(() => ask(bed, order));
      answers.push({ question, isHistory, isAnswered: true, detail });
    } catch (error) {
      if (!(error instanceof OrderlogError) && !(error instanceof NoAnswer)) throw error;
      answers.push({ question, isHistory, isAnswered: false, detail: error.message });
    }
  }
  return answers;
}
