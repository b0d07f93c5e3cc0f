/** Implementations whose reflection or health is not true. */
import { HealthCheckRequest, HealthCheckResponse } from '../../proto/gen/grpc/health/v1/health.ts';
import { ServerReflectionResponse } from '../../proto/gen/grpc/reflection/v1/reflection.ts';
import { answering, encoded, NOT_FOUND, type Plant, refusing } from './plant.testing.ts';

const REFLECTION = 'grpc.reflection.v1.ServerReflection';
const HEALTH = 'grpc.health.v1.Health';
const HIDDEN = 'orderlog/payment/v1/types.proto';
const SERVING = 1;
const NOT_SERVING = 2;

export const wrongProbes: readonly Plant[] = [
  {
    what: 'hides a file from reflection',
    target: 'payment',
    subject: REFLECTION,
    suite: 'reflection',
    shows: /the file orderlog\/payment\/v1\/types.proto.*no such file/,
    meddle: answering(ServerReflectionResponse, (said) =>
      said.originalRequest?.fileByFilename === HIDDEN
        ? {
            ...said,
            fileDescriptorResponse: undefined,
            errorResponse: { errorCode: Number(NOT_FOUND), errorMessage: 'no such file' },
          }
        : said,
    ),
  },
  {
    what: 'reflects another contract than the committed one',
    target: 'catalog',
    subject: REFLECTION,
    suite: 'reflection',
    shows: /catalog_service.proto as in the descriptor image.*another/,
    meddle: answering(ServerReflectionResponse, (said) => ({
      ...said,
      fileDescriptorResponse: said.fileDescriptorResponse && {
        fileDescriptorProto: said.fileDescriptorResponse.fileDescriptorProto.map(renamed),
      },
    })),
  },
  {
    what: 'does not list a service that it offers',
    target: 'order',
    subject: REFLECTION,
    suite: 'reflection',
    shows: /orderlog.ops.v1.OpsService among the services/,
    meddle: answering(ServerReflectionResponse, (said) => ({
      ...said,
      listServicesResponse: said.listServicesResponse && {
        service: said.listServicesResponse.service.filter(({ name }) => !name.endsWith('OpsService')),
      },
    })),
  },
  {
    what: 'says NOT_SERVING of a service that serves',
    target: 'payment',
    subject: HEALTH,
    suite: 'health',
    shows: /SERVING.*NOT_SERVING/,
    meddle: async (call, forward) => {
      const reply = await forward(call);
      const services = call.messages.map((message) => HealthCheckRequest.decode(message).service);
      if (!services.some((service) => service.endsWith('PaymentService'))) return reply;
      return { ...reply, messages: [encoded(HealthCheckResponse, { status: NOT_SERVING })] };
    },
  },
  {
    what: 'says SERVING of a service that nobody knows',
    target: 'query',
    subject: HEALTH,
    suite: 'health',
    shows: /NOT_FOUND.*SERVING/,
    meddle: refusing(() => ({
      messages: [encoded(HealthCheckResponse, { status: SERVING })],
      trailers: { 'grpc-status': '0' },
    })),
  },
];

/** A descriptor in which a field has another name of the same length. */
const renamed = (file: Buffer): Buffer =>
  Buffer.from(file.toString('latin1').replaceAll('initial_on_hand', 'initial_in_hand'), 'latin1');
