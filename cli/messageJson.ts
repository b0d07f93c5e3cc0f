/** Protobuf messages as JSON, in the protobuf mapping. */
import { fromBinary, type JsonObject, toJson } from '@bufbuild/protobuf';
import { descriptors } from '../platform/grpc/descriptors.ts';
import type { Any } from '../proto/gen/google/protobuf/any.ts';

/** `typeName`: its full name; `bytes`: as they are on the wire. Every Any in it must be known (`knownAny`). */
export function messageJson(typeName: string, bytes: Uint8Array): JsonObject {
  const { registry } = descriptors();
  const schema = registry.getMessage(typeName);
  if (!schema) throw new Error(`${typeName} is not in the descriptor image`);
  return toJson(schema, fromBinary(schema, bytes), { registry }) as JsonObject;
}

/** undefined for a type that this version does not know. */
export const knownAny = (any: Any | undefined): Any | undefined =>
  any && descriptors().registry.getMessage(any.typeUrl.replace(/^.*\//, '')) ? any : undefined;
