import assert from 'node:assert/strict';
import { once } from 'node:events';
import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Client, credentials, type StatusObject } from '@grpc/grpc-js';
import { after, before, describe, it } from 'mocha';
import {
  ServerReflectionClient,
  ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionService,
} from '../../proto/gen/grpc/reflection/v1/reflection.ts';
import { ServerReflectionClient as V1AlphaClient } from '../../proto/gen/grpc/reflection/v1alpha/reflection.ts';
import { grpcStatusOf } from '../errors.ts';
import { descriptors } from './descriptors.ts';
import { startTestServer, type TestServer } from './server.testing.ts';

const SERVICES = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
  'orderlog.ops.v1.OpsService',
];

type Ask = Partial<ServerReflectionRequest>;

describe('reflection', () => {
  let running: TestServer;
  before(async () => {
    running = await startTestServer({});
  });
  after(() => running.stop());

  /** The answers to questions asked one after another in one stream. */
  async function ask(
    questions: readonly Ask[],
    Stub = ServerReflectionClient,
  ): Promise<ServerReflectionResponse[]> {
    const client = new Stub(running.address, credentials.createInsecure());
    const stream = client.serverReflectionInfo();
    const answers: ServerReflectionResponse[] = [];
    for (const question of questions) {
      stream.write(ServerReflectionRequest.create(question));
      const [answer] = await once(stream, 'data');
      answers.push(answer);
    }
    stream.end();
    const [status] = await once(stream, 'status');
    client.close();
    assert.equal(status.code, 0);
    return answers;
  }
  const filesIn = (answer: ServerReflectionResponse | undefined) =>
    (answer?.fileDescriptorResponse?.fileDescriptorProto ?? []).map((bytes) =>
      fromBinary(FileDescriptorProtoSchema, bytes),
    );

  it('lists what the server offers, in both versions', async () => {
    for (const Stub of [ServerReflectionClient, V1AlphaClient as unknown as typeof ServerReflectionClient]) {
      const [answer] = await ask([{ listServices: '' }], Stub);
      assert.deepEqual(
        answer?.listServicesResponse?.service.map(({ name }) => name),
        SERVICES,
      );
    }
  });

  it('answers a symbol with its file and all that it imports: enough to read every message', async () => {
    for (const service of SERVICES) {
      const [answer] = await ask([{ fileContainingSymbol: service }]);
      // As in the image: imports before those who import them.
      const order = [...descriptors().files.keys()];
      const file = filesIn(answer).sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
      const registry = createFileRegistry(create(FileDescriptorSetSchema, { file }));
      assert.ok(registry.getService(service));
    }
  });

  it('refuses bytes that are no request, without taking it for a fault', async () => {
    const client = new Client(running.address, credentials.createInsecure());
    const asItIs = (bytes: Buffer) => bytes;
    const { path } = ServerReflectionService.serverReflectionInfo;
    const stream = client.makeBidiStreamRequest(path, asItIs, asItIs);
    stream.on('error', () => undefined);
    stream.write(Buffer.from('0a05', 'hex'));
    const status = await new Promise<StatusObject>((resolve) => stream.once('status', resolve));
    client.close();
    assert.equal(status.code, grpcStatusOf.INVALID_ARGUMENT);
  });

  it('finds every kind of symbol', async () => {
    const symbols = {
      'orderlog.ops.v1.OpsService.GetRelayStatus': 'orderlog/ops/v1/ops_service.proto',
      'orderlog.ops.v1.ParkedEvent': 'orderlog/ops/v1/ops_service.proto',
      'orderlog.ops.v1.ParkedEvent.sequence': 'orderlog/ops/v1/ops_service.proto',
      'google.rpc.BadRequest.FieldViolation': 'google/rpc/error_details.proto',
      'orderlog.saga.v1.StepKind': 'orderlog/saga/v1/saga.proto',
      'orderlog.saga.v1.STEP_KIND_PIVOT': 'orderlog/saga/v1/saga.proto',
      'orderlog.saga.v1.event': 'orderlog/saga/v1/saga.proto',
    };
    const answers = await ask(Object.keys(symbols).map((fileContainingSymbol) => ({ fileContainingSymbol })));
    assert.deepEqual(
      answers.map((answer) => filesIn(answer)[0]?.name),
      Object.values(symbols),
    );
  });

  it('sends the very bytes of the image, and no import twice in a stream', async () => {
    const name = 'orderlog/ops/v1/ops_service.proto';
    const [first, second] = await ask([{ fileByFilename: name }, { fileByFilename: name }]);
    const bytes = Buffer.from(descriptors().files.get(name) ?? []);
    assert.deepEqual(first?.fileDescriptorResponse?.fileDescriptorProto[0], bytes);
    assert.ok(filesIn(first).length > 1);
    assert.deepEqual(
      filesIn(second).map((file) => file.name),
      [name],
    );
  });

  it('knows extensions', async () => {
    const containingType = 'google.protobuf.MessageOptions';
    const [numbers, file] = await ask([
      { allExtensionNumbersOfType: containingType },
      { fileContainingExtension: { containingType, extensionNumber: 50_471 } },
    ]);
    assert.ok(numbers?.allExtensionNumbersResponse?.extensionNumber.includes(50_471));
    assert.equal(filesIn(file)[0]?.name, 'orderlog/saga/v1/saga.proto');
  });

  it('says what it does not find, and answers on', async () => {
    const nothing = [
      { fileContainingSymbol: 'no.such.Symbol' },
      { fileByFilename: 'no/such.proto' },
      { allExtensionNumbersOfType: 'no.such.Type' },
      { fileContainingExtension: { containingType: 'google.protobuf.MessageOptions', extensionNumber: 1 } },
    ];
    const answers = await ask([...nothing, { listServices: '' }]);
    const codes = answers.map((answer) => answer.errorResponse?.errorCode);
    assert.deepEqual(codes, [5, 5, 5, 5, undefined]);
    assert.equal(answers[0]?.originalRequest?.fileContainingSymbol, 'no.such.Symbol');
  });
});
