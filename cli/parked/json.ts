/** Parked events as JSON: the protobuf mapping, payload decoded, with the service that keeps them. */
import { fromBinary, type JsonObject, toJson } from '@bufbuild/protobuf';
import { descriptors } from '../../platform/grpc/descriptors.ts';
import { ParkedEvent } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import type { Found } from './services.ts';

/** The payload of an event that this version does not know is left out. */
export function toJsonObject({ from, event }: Found): JsonObject {
  const { registry } = descriptors();
  const schema = registry.getMessage('orderlog.ops.v1.ParkedEvent');
  if (!schema) throw new Error('orderlog.ops.v1.ParkedEvent is not in the descriptor image');
  const known = event.event && registry.getMessage(event.event.typeUrl.replace(/^.*\//, ''));
  const bytes = ParkedEvent.encode(known ? event : { ...event, event: undefined }).finish();
  const json = toJson(schema, fromBinary(schema, bytes), { registry }) as JsonObject;
  return { service: from.service, ...json };
}

export const print = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};
