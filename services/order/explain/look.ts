/** What is seen of the services now, each as far as it answers: for what keeps an order waiting. */
import type {
  ConsumerRange,
  GetRelayStatusResponse,
  GetTimerStatusResponse,
  ParkedEvent,
} from '../../../proto/gen/orderlog/ops/v1/ops_service.ts';
import type { ProviderCall } from '../../../proto/gen/orderlog/payment/v1/payment_service.ts';
import type { OpenCall } from './openCalls.ts';

/** An answer, or why there is none. */
export type Asked<T> = { readonly answer: T } | { readonly failure: string };

export interface ServiceHealth {
  readonly serves: boolean;
  /** What it needs and cannot use now, such as `postgres`. */
  readonly missing: readonly string[];
}

export interface ServiceLook {
  readonly health: Asked<ServiceHealth>;
  readonly relay: Asked<Pick<GetRelayStatusResponse, 'outboxDepth' | 'oldestTime' | 'error'>>;
  readonly consumers: Asked<readonly ConsumerRange[]>;
  /** Those about the order. */
  readonly parked: Asked<readonly ParkedEvent[]>;
}

export interface Look {
  /** By the name of the service, the Order service among them. */
  readonly services: ReadonlyMap<string, ServiceLook>;
  /** Of the Order service. */
  readonly timers: Asked<Pick<GetTimerStatusResponse, 'horizon' | 'waitingFor'>>;
  /** The call to the payment provider that is open for the order. */
  readonly call: ProviderCall | undefined;
  /** The order's own calls that are not answered, where it drives its saga by calls. */
  readonly openCalls: Asked<readonly OpenCall[]>;
}

export const answerIn = <T>(asked: Asked<T> | undefined): T | undefined =>
  asked && 'answer' in asked ? asked.answer : undefined;

export const failureIn = (asked: Asked<unknown> | undefined): string | undefined =>
  asked && 'failure' in asked ? asked.failure : undefined;

const PATIENCE_MS = 2_000;

/** The day's work takes less: what is younger is on its way, and no hindrance. */
export const isYoungAt = (now: Date, since: Date): boolean => now.getTime() - since.getTime() < PATIENCE_MS;
