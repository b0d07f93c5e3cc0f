/**
 * As much of grpcurl as the README uses, for machines without it: `-plaintext [-d JSON] HOST:PORT list | describe SYMBOL |
 * SERVICE/METHOD`. Like grpcurl it knows nothing but what the server's reflection tells.
 */
import {
  create,
  createFileRegistry,
  type DescMethod,
  type FileRegistry,
  fromBinary,
  fromJsonString,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Client, credentials } from '@grpc/grpc-js';
import {
  ServerReflectionClient,
  ServerReflectionRequest,
  type ServerReflectionResponse,
} from '../../proto/gen/grpc/reflection/v1/reflection.ts';

interface Wish {
  readonly data: string;
  readonly address: string;
  readonly what: string;
  readonly symbol: string;
}

function wishOf(args: readonly string[]): Wish {
  let data = '{}';
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    if (args[at] === '-d') data = args[++at] ?? '';
    else if (args[at] !== '-plaintext') rest.push(args[at] ?? '');
  }
  const [address = '', what = '', symbol = ''] = rest;
  return { data, address, what, symbol };
}

async function reflect(
  address: string,
  request: Partial<ServerReflectionRequest>,
): Promise<ServerReflectionResponse> {
  const client = new ServerReflectionClient(address, credentials.createInsecure());
  const stream = client.serverReflectionInfo();
  try {
    return await new Promise((resolve, reject) => {
      stream.once('data', resolve).once('error', reject);
      stream.write(ServerReflectionRequest.create(request));
      stream.end();
    });
  } finally {
    client.close();
  }
}

async function registryFor(address: string, symbol: string): Promise<FileRegistry> {
  const answer = await reflect(address, { fileContainingSymbol: symbol });
  const files = answer.fileDescriptorResponse?.fileDescriptorProto ?? [];
  if (files.length === 0) throw new Error(answer.errorResponse?.errorMessage ?? `no symbol ${symbol}`);
  const file = files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  return createFileRegistry(create(FileDescriptorSetSchema, { file: inOrder(file) }));
}

/** Each after those that it imports. */
function inOrder<T extends { name: string; dependency: string[] }>(files: readonly T[]): T[] {
  const done = new Set<T>();
  const add = (file: T): void => {
    if (done.has(file)) return;
    for (const name of file.dependency) {
      const needed = files.find((each) => each.name === name);
      if (needed) add(needed);
    }
    done.add(file);
  };
  files.forEach(add);
  return [...done];
}

async function call({ address, data, what }: Wish): Promise<void> {
  const slash = what.lastIndexOf('/');
  const registry = await registryFor(address, what.slice(0, slash));
  const method = registry
    .getService(what.slice(0, slash))
    ?.methods.find(({ name }) => name === what.slice(slash + 1));
  if (!method) throw new Error(`no method ${what}`);
  const request = toBinary(method.input, fromJsonString(method.input, data, { registry }));
  for await (const bytes of answers(address, `/${what}`, method, request)) {
    const message = fromBinary(method.output, bytes);
    process.stdout.write(`${toJsonString(method.output, message, { registry, prettySpaces: 2 })}\n`);
  }
}

async function* answers(
  address: string,
  path: string,
  { methodKind }: DescMethod,
  request: Uint8Array,
): AsyncGenerator<Uint8Array> {
  const client = new Client(address, credentials.createInsecure());
  const asIs = (bytes: Uint8Array) => Buffer.from(bytes);
  try {
    // A unary answer is a stream of one.
    if (methodKind === 'unary' || methodKind === 'server_streaming')
      yield* client.makeServerStreamRequest(path, asIs, asIs, request);
    else throw new Error(`${path} takes a stream, which this does not`);
  } finally {
    client.close();
  }
}

const wish = wishOf(process.argv.slice(2));
try {
  if (wish.what === 'list') {
    const { listServicesResponse } = await reflect(wish.address, { listServices: '' });
    for (const { name } of listServicesResponse?.service ?? []) process.stdout.write(`${name}\n`);
  } else if (wish.what === 'describe') {
    await registryFor(wish.address, wish.symbol);
    process.stdout.write(`${wish.symbol} is known\n`);
  } else await call(wish);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
