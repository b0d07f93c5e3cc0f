/**
 * Reads of orders that were placed. What the read model has shown it does not take back, whichever gateway is asked, and the Order
 * service, which answers where the read model cannot be read, has no less. What a gateway had from there it alone remembers: the
 * next may be asked before the read model is as far.
 */
import { OrderlogError } from '../platform/errors.ts';
import type { GrpcClient } from '../platform/grpc/client.ts';
import {
  GetOrderResponse,
  type OrderQueryServiceService,
  ReadSource,
} from '../proto/gen/orderlog/query/v1/query_service.ts';
import { type Rest, restAnswer } from './rest.ts';
import { KINDS, type Kind, type Tally } from './tally.ts';

export interface Placed {
  readonly orderId: string;
  readonly consistencyToken: string;
}

export interface Reads {
  /** As the answer says, where the read model is not there yet, however late: that is told as having come back. */
  get(kind: Kind, order: Placed): Promise<void>;
  /** Those that saw less of an order than one that had ended before they began. */
  readonly wentBack: readonly string[];
}

export interface ReadsOptions {
  readonly query: GrpcClient<OrderQueryServiceService>;
  readonly rest: Rest;
  readonly tally: Tally;
}

const TIMEOUT_MS = 15_000;
const GIVE_UP_MS = 60_000;

export function createReads({ query, rest, tally }: ReadsOptions): Reads {
  const shown = new Map<string, number>();
  const wentBack: string[] = [];

  async function ask(kind: Kind, { orderId, consistencyToken }: Placed): Promise<GetOrderResponse> {
    if (kind === 'getByGrpc') return query.getOrder({ orderId, consistencyToken }, { timeoutMs: TIMEOUT_MS });
    const headers = { 'consistency-token': consistencyToken };
    const answer = await rest.send('GET', `/v1/orders/${orderId}`, headers);
    return GetOrderResponse.fromJSON(restAnswer(answer, 200));
  }

  async function getOnce(kind: Kind, order: Placed): Promise<void> {
    const { orderId } = order;
    // Whoever has a token of its being placed knows its first version.
    const atLeast = shown.get(orderId) ?? 1;
    const { readState } = await ask(kind, order);
    const version = readState?.orderVersion ?? 0;
    if (version < atLeast) {
      wentBack.push(`${KINDS[kind]}: order ${orderId} is at version ${version} after ${atLeast}`);
    }
    if (readState?.source !== ReadSource.READ_SOURCE_PROJECTION) return;
    shown.set(orderId, Math.max(version, shown.get(orderId) ?? 1));
  }

  return {
    wentBack,
    async get(kind, order) {
      for (const untilMs = performance.now() + GIVE_UP_MS; ; tally.resumed(kind)) {
        try {
          return await getOnce(kind, order);
        } catch (error) {
          const isLate = error instanceof OrderlogError && error.reason === 'READ_MODEL_BEHIND';
          if (!isLate || performance.now() > untilMs) throw error;
        }
      }
    },
  };
}
