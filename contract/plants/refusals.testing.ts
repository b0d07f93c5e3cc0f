/** Implementations that refuse wrongly. */
import { BadRequest, ErrorInfo } from '../../proto/gen/google/rpc/error_details.ts';
import {
  DETAILS,
  eachDetail,
  encoded,
  INVALID_ARGUMENT,
  NOT_FOUND,
  type Plant,
  refusal,
  refusing,
} from './plant.testing.ts';

export const wrongRefusals: readonly Plant[] = [
  {
    what: 'answers INTERNAL for what is not there',
    target: 'catalog',
    subject: 'CatalogService/GetItem',
    suite: 'unknown ids',
    shows: /INTERNAL \(oops\)/,
    meddle: refusing((reply) =>
      reply.trailers['grpc-status'] === NOT_FOUND
        ? { messages: [], trailers: { 'grpc-status': '13', 'grpc-message': 'oops' } }
        : reply,
    ),
  },
  {
    what: 'answers another status than the contract says',
    target: 'payment',
    subject: 'PaymentService/GetPayment',
    suite: 'unknown ids',
    shows: /NOT_FOUND.*FAILED_PRECONDITION/,
    meddle: refusing(() => refusal('9', 'NO_PAYMENT', 'there is none')),
  },
  {
    what: 'refuses without details',
    target: 'order',
    subject: 'OrderService/GetOrder',
    suite: 'fields',
    shows: /google.rpc.Status/,
    meddle: refusing(({ trailers: { [DETAILS]: _, ...trailers } }) => ({ messages: [], trailers })),
  },
  {
    what: 'names another field than the one that is wrong',
    target: 'catalog',
    subject: 'CatalogService/AdjustStock',
    suite: 'fields',
    shows: /naming delta.*naming amount/,
    meddle: refusing(
      eachDetail('BadRequest', (value) => {
        const { fieldViolations } = BadRequest.decode(value);
        const others = fieldViolations.map((each) => ({ ...each, field: 'amount' }));
        return encoded(BadRequest, { fieldViolations: others });
      }),
    ),
  },
  {
    what: 'gives every refusal one reason',
    target: 'catalog',
    subject: 'CatalogService/GetReservation',
    suite: 'fields',
    shows: /INVALID_FIELD.*BAD_REQUEST/,
    meddle: refusing(
      eachDetail('ErrorInfo', () =>
        encoded(ErrorInfo, { reason: 'BAD_REQUEST', domain: 'orderlog', metadata: {} }),
      ),
    ),
  },
  {
    what: 'says a card number again',
    target: 'order',
    subject: 'OrderService/CancelOrder',
    suite: 'text',
    shows: /does not repeat the number/,
    meddle: refusing(() =>
      refusal(INVALID_ARGUMENT, 'INVALID_FIELD', 'what is 4111111111111111?', 'message'),
    ),
  },
  {
    what: 'refuses fields that it does not know',
    target: 'catalog',
    subject: 'CatalogService/GetItem',
    suite: 'wire',
    shows: /OK.*UNKNOWN_FIELD/,
    meddle: (call, forward) =>
      call.messages.some((message) => message.includes('of a newer version'))
        ? Promise.resolve(refusal(INVALID_ARGUMENT, 'UNKNOWN_FIELD', 'no such field', '31999'))
        : forward(call),
  },
];
