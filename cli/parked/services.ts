/** The services that may have parked events, and how to ask several of them. */

import { OrderlogError } from '../../platform/errors.ts';
import { createClient, type GrpcClient } from '../../platform/grpc/client.ts';
import {
  ListParkedEventsRequest,
  OpsServiceService,
  type ParkedEvent,
} from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { addressesOf } from '../addresses.ts';
import { asCaller } from '../token/own.ts';

export const SERVICES = ['order', 'catalog', 'payment'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface OpsOf {
  readonly service: ServiceName;
  readonly ops: GrpcClient<typeof OpsServiceService>;
}

/** A parked event, and the service that keeps it. */
export interface Found {
  readonly from: OpsOf;
  readonly event: ParkedEvent;
}

/** Runs `work` with clients of one service, or of all. */
export async function withServices<T>(
  service: ServiceName | undefined,
  work: (services: readonly OpsOf[]) => Promise<T>,
): Promise<T> {
  const addresses = addressesOf(process.env.ORDERLOG_PORT_BASE);
  const services = (service ? [service] : SERVICES).map((name) => ({
    service: name,
    ops: createClient(OpsServiceService, addresses[name], asCaller),
  }));
  try {
    return await work(services);
  } finally {
    for (const { ops } of services) ops.close();
  }
}

/** What the first service answers that has one; services that do not answer matter only if none of the others has. */
export async function askEach<T>(
  services: readonly OpsOf[],
  ask: (service: OpsOf) => Promise<T | undefined>,
): Promise<T | undefined> {
  let silent: OrderlogError | undefined;
  for (const service of services) {
    try {
      const answer = await ask(service);
      if (answer !== undefined) return answer;
    } catch (error) {
      if (!(error instanceof OrderlogError) || error.code !== 'UNAVAILABLE') throw error;
      silent ??= error;
    }
  }
  if (silent) throw silent;
  return undefined;
}

/** A page of a service's parked events, and then the next; all of them. */
export async function* eachParked(
  { ops }: OpsOf,
  query: Partial<ListParkedEventsRequest>,
): AsyncGenerator<ParkedEvent> {
  let pageToken = '';
  do {
    const request = ListParkedEventsRequest.fromPartial({ ...query, pageToken });
    const page = await ops.listParkedEvents(request);
    yield* page.events;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}

/** Throws if no service has it. */
export async function findParked(services: readonly OpsOf[], parkedId: string): Promise<Found> {
  const found = await askEach(services, async (from) => {
    const request = ListParkedEventsRequest.fromPartial({ parkedId });
    const [event] = (await from.ops.listParkedEvents(request)).events;
    return event && { from, event };
  });
  return found ?? notParked(services, parkedId);
}

export function notParked(services: readonly OpsOf[], parkedId: string): never {
  const names = services.map(({ service }) => service).join(', ');
  const message = `no parked event ${parkedId} in ${names}: \`orderlog parked list\` shows what is parked`;
  throw new OrderlogError('NOT_FOUND', 'PARKED_EVENT_UNKNOWN', message);
}
