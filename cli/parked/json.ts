/** Parked events as JSON: the protobuf mapping, payload decoded, with the service that keeps them. */
import type { JsonObject } from '@bufbuild/protobuf';
import { ParkedEvent } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { knownAny, messageJson } from '../messageJson.ts';
import type { Found } from './services.ts';

/** The payload of an event that this version does not know is left out. */
export function toJsonObject({ from, event }: Found): JsonObject {
  const bytes = ParkedEvent.encode({ ...event, event: knownAny(event.event) }).finish();
  return { service: from.service, ...messageJson('orderlog.ops.v1.ParkedEvent', bytes) };
}

export const print = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};
