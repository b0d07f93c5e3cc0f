/** Parked events as JSON: the protobuf mapping, payload decoded, with the service that keeps them. */
import type { JsonObject } from '@bufbuild/protobuf';
import { messageJson } from '../../platform/messageJson.ts';
import { ParkedEvent } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import type { Found } from './services.ts';

export function toJsonObject({ from, event }: Found): JsonObject {
  const bytes = ParkedEvent.encode(event).finish();
  return { service: from.service, ...messageJson('orderlog.ops.v1.ParkedEvent', bytes) };
}

export const print = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};
