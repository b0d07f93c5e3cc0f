/**
 * The contract as data: a descriptor image (a FileDescriptorSet with all imports), and what of it is judged: the services
 * of each address, and the events. Nothing here knows an implementation.
 */
import { readFileSync } from 'node:fs';
import {
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  type DescService,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

export interface Image {
  readonly registry: FileRegistry;
  /** By name, such as `orderlog/order/v1/types.proto`. */
  readonly files: ReadonlyMap<string, FileDescriptorProto>;
}

const COMMITTED = new URL('../proto/gen/orderlog.binpb', import.meta.url);

export function readImage(file: URL | string = COMMITTED): Image {
  const set = fromBinary(FileDescriptorSetSchema, readFileSync(file));
  return {
    registry: createFileRegistry(set),
    files: new Map(set.file.map((each) => [each.name, each])),
  };
}

export function serviceOf({ registry }: Image, name: string): DescService {
  const service = registry.getService(name);
  if (!service) throw new Error(`the descriptor image has no service ${name}`);
  return service;
}

export function messageOf({ registry }: Image, name: string): DescMessage {
  const message = registry.getMessage(name);
  if (!message) throw new Error(`the descriptor image has no message ${name}`);
  return message;
}

/** `orderlog.order.v1.OrderService/PlaceOrder` */
export const rpcName = (method: DescMethod): string => `${method.parent.typeName}/${method.name}`;

const EVENTS_FILE = /^orderlog\/[a-z]+\/v\d+\/events$/;

/** The messages of every events.proto, in the order in which they are declared. */
export const eventsOf = ({ registry }: Image): readonly DescMessage[] =>
  [...registry.files].filter(({ name }) => EVENTS_FILE.test(name)).flatMap(({ messages }) => messages);
