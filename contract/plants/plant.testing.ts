/** A defect to plant in front of a right implementation, and the tools to make one. */
import { BadRequest, ErrorInfo } from '../../proto/gen/google/rpc/error_details.ts';
import { Status } from '../../proto/gen/google/rpc/status.ts';
import type { Suite } from '../case.ts';
import type { TargetName } from '../targets.ts';
import type { Meddle, ProxiedCall, ProxiedReply } from './proxy.testing.ts';

export interface Plant {
  /** What such an implementation does. */
  readonly what: string;
  readonly target: TargetName;
  /** The end of the only subject that is judged, and of the paths that are meddled with. */
  readonly subject: string;
  readonly suite: Suite;
  readonly meddle: Meddle;
  /** Told of the case that finds it: what was expected, and what was got. */
  readonly shows: RegExp;
}

export const NOT_FOUND = '5';
export const INVALID_ARGUMENT = '3';

interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

export const encoded = <T>(codec: Codec<T>, message: T): Buffer =>
  Buffer.from(codec.encode(message).finish());

/** Changes requests on their way. */
export const asking =
  (change: (request: Buffer) => Buffer): Meddle =>
  (call, forward) =>
    forward({ ...call, messages: call.messages.map(change) });

/** Changes requests that can be read. */
export const askingFor = <T>(codec: Codec<T>, change: (request: T) => T): Meddle =>
  asking((request) => {
    try {
      return encoded(codec, change(codec.decode(request)));
    } catch {
      return request;
    }
  });

/** Changes answers on their way. */
export const answering =
  <T>(codec: Codec<T>, change: (answer: T) => T): Meddle =>
  async (call, forward) => {
    const reply = await forward(call);
    const messages = reply.messages.map((message) => encoded(codec, change(codec.decode(message))));
    return { ...reply, messages };
  };

/** Changes refusals on their way. */
export const refusing =
  (change: (reply: ProxiedReply, call: ProxiedCall) => ProxiedReply): Meddle =>
  async (call, forward) => {
    const reply = await forward(call);
    return reply.trailers['grpc-status'] === '0' ? reply : change(reply, call);
  };

export const DETAILS = 'grpc-status-details-bin';

/** A refusal as the contract wants it. */
export function refusal(code: string, reason: string, message: string, field?: string): ProxiedReply {
  const detail = (type: string, value: Buffer) => ({
    typeUrl: `type.googleapis.com/google.rpc.${type}`,
    value,
  });
  const violation = { field: field ?? '', description: message, reason: '', localizedMessage: undefined };
  const details = [
    detail('ErrorInfo', encoded(ErrorInfo, { reason, domain: 'orderlog', metadata: {} })),
    ...(field === undefined
      ? []
      : [detail('BadRequest', encoded(BadRequest, { fieldViolations: [violation] }))]),
  ];
  const status = encoded(Status, { code: Number(code), message, details });
  return {
    messages: [],
    trailers: {
      'grpc-status': code,
      'grpc-message': encodeURI(message),
      [DETAILS]: status.toString('base64'),
    },
  };
}

/** Changes the details of one type. */
export const eachDetail =
  (type: string, change: (value: Buffer) => Buffer) =>
  ({ messages, trailers }: ProxiedReply): ProxiedReply => {
    const status = Status.decode(Buffer.from(trailers[DETAILS] ?? '', 'base64'));
    const details = status.details.map((each) =>
      each.typeUrl.endsWith(type) ? { ...each, value: change(each.value) } : each,
    );
    const bytes = encoded(Status, { ...status, details });
    return { messages, trailers: { ...trailers, [DETAILS]: bytes.toString('base64') } };
  };
