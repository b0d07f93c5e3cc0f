/** Puts a service's methods on a grpc-js server: every one with its bytes as they are on the wire. */
import type { MethodDefinition as RawMethod, Server, UntypedServiceImplementation } from '@grpc/grpc-js';
import { ruleOf } from '../access/rules.ts';
import { OrderlogError } from '../errors.ts';
import type { CallLife } from './call.ts';
import { requestTypeOf, splitMethodPath } from './descriptors.ts';
import type { MethodSpec, StreamContext, UnaryContext } from './door.ts';
import { streamHandler, unaryHandler } from './handlers.ts';
import { anyCodec, type OfferedService, type StreamHandler, type UnaryHandler } from './service.ts';
import { createRequestCheck } from './validation.ts';

/** What the methods of a service share with those of others. */
export interface Contexts {
  readonly calls: UnaryContext;
  readonly streams: StreamContext;
  /** The streams that a shutdown has to end. */
  readonly openStreams: Set<CallLife>;
}

const asItIs = (bytes: Buffer): Buffer => bytes;

/** Methods without a handler answer UNIMPLEMENTED. Throws if the descriptor image lacks a method, or who may call it. */
export function register(
  server: Server,
  { definition, handlers, startsSagas, tellAlways }: OfferedService,
  contexts: Contexts,
): void {
  const methods: Record<string, RawMethod<Buffer, Buffer>> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const [key, method] of Object.entries(definition)) {
    methods[key] = {
      ...anyCodec(method),
      requestDeserialize: asItIs,
      responseSerialize: asItIs,
    } as RawMethod<Buffer, Buffer>;
    const name = method.path.slice(1);
    const spec: MethodSpec = {
      definition: method,
      name,
      startsSaga: startsSagas.includes(key),
      tellsAlways: tellAlways.includes(key),
      rule: ruleOf(method.path),
      check: createRequestCheck(requestTypeOf(method.path)),
    };
    const handler = handlers[key] ?? notOffered(name);
    implementation[key] = method.responseStream
      ? streamHandler(contexts.streams, spec, handler as StreamHandler, contexts.openStreams)
      : unaryHandler(contexts.calls, spec, handler as UnaryHandler);
  }
  server.addService(methods, implementation);
}

const notOffered = (name: string) => (): never => {
  throw new OrderlogError('UNIMPLEMENTED', 'NOT_OFFERED', `${name} is not offered yet`);
};

/** The full name of a service. */
export function serviceName({ definition }: OfferedService): string {
  const [method] = Object.values(definition);
  return splitMethodPath(method?.path ?? '').service;
}
