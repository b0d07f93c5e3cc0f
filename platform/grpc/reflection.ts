/**
 * grpc.reflection (v1 and v1alpha, whose messages are the same on the wire) from the descriptor image's own bytes.
 *
 * A file is answered with all that it imports, but nothing is sent twice in one stream. list_services names what this
 * server offers; symbols are found in the whole image, since error details and Any need types of other packages. Where calls are
 * authenticated it asks for a token, any that is right: what it tells is no secret, but its work is for those who may call.
 */
import { once } from 'node:events';
import type {
  ServiceDefinition as GrpcServiceDefinition,
  ServerDuplexStream,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import {
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionService,
} from '../../proto/gen/grpc/reflection/v1/reflection.ts';
import { ServerReflectionService as ServerReflectionServiceV1Alpha } from '../../proto/gen/grpc/reflection/v1alpha/reflection.ts';
import type { Admit } from '../access/admit.ts';
import { type ErrorCode, grpcStatusOf, OrderlogError } from '../errors.ts';
import { type CallLife, endInTime, followCall } from './call.ts';
import { descriptors } from './descriptors.ts';
import { admitCaller } from './door.ts';
import type { Limit } from './limit.ts';
import { nextOrAbort } from './pump.ts';
import { toServiceError } from './status.ts';
import { extensionNumbersOf, fileOfExtension, filesBySymbol, importsOf } from './symbols.ts';

type Answer = Partial<Omit<ServerReflectionResponse, 'validHost' | 'originalRequest'>>;

/** What grpc-js' addService takes. */
export interface ReflectionService {
  readonly definition: GrpcServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** What it shares with the rest of its server. */
export interface ReflectionParts {
  readonly limit: Limit;
  readonly admit: Admit;
  /** How long a stream may last. */
  readonly maxWatchMs: number;
  /** The streams that a shutdown has to end. */
  readonly openStreams: Set<CallLife>;
}

/** Reflection for a server that offers these services; reflection itself is added to them. */
export function createReflection(
  offered: readonly string[],
  { limit, admit, maxWatchMs, openStreams }: ReflectionParts,
): readonly ReflectionService[] {
  const own = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'];
  const services = [...offered, ...own].sort();
  const implementation = {
    async serverReflectionInfo(stream: ReflectionStream): Promise<void> {
      const life = followCall(stream);
      endInTime(life, maxWatchMs);
      openStreams.add(life);
      try {
        const full = limit.enter();
        if (full) throw full;
        await admitted(stream, admit)
          .then(() => talk(stream, services, life.signal))
          .finally(limit.leave);
        stream.end();
      } catch (thrown) {
        const wasAborted = life.signal.aborted && (thrown as Error).name === 'AbortError';
        const error = wasAborted ? life.signal.reason : thrown;
        if (error instanceof OrderlogError && !stream.cancelled) stream.emit('error', toServiceError(error));
      } finally {
        openStreams.delete(life);
        life.settle();
      }
    },
  };
  return [ServerReflectionService, ServerReflectionServiceV1Alpha].map((definition) => {
    const { serverReflectionInfo: method } = definition;
    const requestDeserialize = (bytes: Buffer) => readable(() => method.requestDeserialize(bytes));
    return { definition: { serverReflectionInfo: { ...method, requestDeserialize } }, implementation };
  });
}

type Asked = ServerReflectionRequest | OrderlogError;
type ReflectionStream = ServerDuplexStream<Asked, ServerReflectionResponse>;

/** What a request says, or why it says nothing: thrown, grpc-js would take it for a fault of ours. */
function readable(read: () => ServerReflectionRequest): Asked {
  try {
    return read();
  } catch (cause) {
    const message = 'the request is not a grpc.reflection ServerReflectionRequest';
    return new OrderlogError('INVALID_ARGUMENT', 'UNREADABLE_REQUEST', message, { cause });
  }
}

async function admitted(stream: ReflectionStream, admit: Admit): Promise<void> {
  await admitCaller(admit, 'token', stream.metadata);
}

/** Answers one by one, no faster than they are read. */
async function talk(
  stream: ReflectionStream,
  services: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const sent = new Set<string>();
  // The plain iterator would destroy the stream at the end of the requests, before its status is sent.
  const requests = stream.iterator({ destroyOnReturn: false });
  for (;;) {
    const next = await nextOrAbort(requests, signal);
    if (next.done) return;
    const request: Asked = next.value;
    if (request instanceof OrderlogError) throw request;
    const answer = answerTo(request, services, sent);
    const response = { validHost: request.host, originalRequest: request, ...answer };
    if (!stream.write(response)) await once(stream, 'drain', { signal });
  }
}

function answerTo(request: ServerReflectionRequest, services: readonly string[], sent: Set<string>): Answer {
  if (request.listServices !== undefined) {
    return { listServicesResponse: { service: services.map((name) => ({ name })) } };
  }
  if (request.fileByFilename !== undefined) {
    return filesAnswer(request.fileByFilename, sent, `no file ${request.fileByFilename}`);
  }
  if (request.fileContainingSymbol !== undefined) {
    const symbol = request.fileContainingSymbol;
    return filesAnswer(filesBySymbol().get(symbol), sent, `no symbol ${symbol}`);
  }
  if (request.fileContainingExtension !== undefined) {
    const { containingType, extensionNumber } = request.fileContainingExtension;
    const file = fileOfExtension(containingType, extensionNumber);
    return filesAnswer(file, sent, `no extension ${extensionNumber} of ${containingType}`);
  }
  if (request.allExtensionNumbersOfType !== undefined) {
    const baseTypeName = request.allExtensionNumbersOfType;
    if (!descriptors().registry.getMessage(baseTypeName))
      return errorAnswer('NOT_FOUND', `no type ${baseTypeName}`);
    return {
      allExtensionNumbersResponse: { baseTypeName, extensionNumber: extensionNumbersOf(baseTypeName) },
    };
  }
  return errorAnswer('INVALID_ARGUMENT', 'the request asks for nothing');
}

const errorAnswer = (code: ErrorCode, errorMessage: string): Answer => ({
  errorResponse: { errorCode: grpcStatusOf[code], errorMessage },
});

/** A file and, of all that it imports, what was not sent before; the file itself is always sent. */
function filesAnswer(file: string | undefined, sent: Set<string>, notFound: string): Answer {
  const { files } = descriptors();
  if (file === undefined || !files.has(file)) return errorAnswer('NOT_FOUND', notFound);
  const names = new Set([file]);
  for (const name of names) for (const imported of importsOf(name)) names.add(imported);
  const fresh = [...names].filter((name) => name === file || !sent.has(name));
  for (const name of fresh) sent.add(name);
  return {
    fileDescriptorResponse: { fileDescriptorProto: fresh.map((name) => Buffer.from(files.get(name) ?? [])) },
  };
}
