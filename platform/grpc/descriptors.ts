/**
 * The contract as data: the committed descriptor image (proto/gen/orderlog.binpb, a FileDescriptorSet with all imports,
 * made by scripts/generate.ts), read once.
 */
import { readFileSync } from 'node:fs';
import {
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

export interface Descriptors {
  readonly registry: FileRegistry;
  /** Each file's FileDescriptorProto by its name (`orderlog/order/v1/types.proto`): the very bytes of the image. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const IMAGE = new URL('../../proto/gen/orderlog.binpb', import.meta.url);
const FILE_FIELD = 1;
let cached: Descriptors | undefined;

/** Throws if the image is missing: run `npm run generate`. */
export function descriptors(): Descriptors {
  cached ??= readDescriptors(readFileSync(IMAGE));
  return cached;
}

function readDescriptors(image: Uint8Array): Descriptors {
  const set = fromBinary(FileDescriptorSetSchema, image);
  const raw = rawFiles(image);
  const files = new Map(set.file.map((file, index) => [file.name, raw[index] ?? new Uint8Array()]));
  return { registry: createFileRegistry(set), files };
}

function rawFiles(image: Uint8Array): Uint8Array[] {
  const reader = new BinaryReader(image);
  const files: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === FILE_FIELD) files.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return files;
}

/** `/orderlog.order.v1.OrderService/PlaceOrder` -> the service's full name and the method's name. */
export function splitMethodPath(path: string): { readonly service: string; readonly method: string } {
  const [, service = '', method = ''] = path.split('/');
  return { service, method };
}

/** A method by its path. Throws if the contract has no such method. */
export function methodOf(path: string): DescMethod {
  const { service, method } = splitMethodPath(path);
  const found = descriptors()
    .registry.getService(service)
    ?.methods.find((each) => each.name === method);
  if (!found) throw new Error(`${path} is not in the descriptor image: run npm run generate`);
  return found;
}

/** The type of a method's request. Throws if the contract has no such method. */
export const requestTypeOf = (path: string): DescMessage => methodOf(path).input;
