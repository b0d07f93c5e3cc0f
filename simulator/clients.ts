/**
 * Clients: each operation is one request, sent to any replica of its service until it is answered, and now and then once
 * more. What was answered is kept in the client's own journal: a repeat must get the same.
 */

import { createHash } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';
import { ANYBODY } from '../platform/access/caller.ts';
import { OrderlogError } from '../platform/errors.ts';
import { anyCodec, type CallInfo, encodedBytes, type UnaryHandler } from '../platform/grpc/service.ts';
import { isTaken } from '../services/order/direct/remote.ts';
import type { ServiceName } from './composition.ts';
import { CALLER } from './names.ts';
import { strikes } from './transact.ts';
import { Violation } from './violation.ts';
import { Crashed, type Replica, type World } from './world.ts';

export interface ClientOperation {
  /** Among all that were drawn. */
  readonly number: number;
  readonly label: string;
  readonly service: ServiceName;
  readonly method: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly requestId: string;
  /** The order that it is about, if it is about one. */
  readonly orderId: string | undefined;
  /** Not begun before this time, nor before this other one was. */
  readonly notBeforeMs: number;
  readonly after: ClientOperation | undefined;
  tries: number;
  /** How often it is sent again although it was answered. */
  repeatsLeft: number;
  /** The call under way. */
  attempt: { readonly replica: Replica; readonly life: number } | undefined;
  /** What was answered, in a form that can be compared; the response's bytes if it was no error. */
  answer: { readonly text: string; readonly bytes: Uint8Array | undefined } | undefined;
}

/** The answer did not come through. */
export class AnswerLost extends Error {}

const never = new AbortController().signal;
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

export function isWaiting({ attempt }: ClientOperation): boolean {
  if (!attempt) return false;
  const { replica, life } = attempt;
  return replica.isUp && replica.life === life;
}

export const isOpen = (operation: ClientOperation): boolean =>
  !operation.answer || operation.repeatsLeft > 0 || isWaiting(operation);

export const clientActions = (world: World) =>
  world.clients
    .filter((operation) => mayBegin(world, operation))
    .map((operation) => ({
      actor: `client ${operation.number}`,
      notBeforeMs: operation.notBeforeMs,
      replica: undefined,
      isAsync: true,
      run: () => send(world, operation),
    }));

function mayBegin(world: World, operation: ClientOperation): boolean {
  const { answer, repeatsLeft, after, service } = operation;
  if ((answer && repeatsLeft === 0) || isWaiting(operation)) return false;
  return (!after || after.tries > 0) && world.services[service].replicas.some(({ isUp }) => isUp);
}

function send(world: World, operation: ClientOperation): void {
  const { service, method, request, label } = operation;
  const up = world.services[service].replicas.filter(({ isUp }) => isUp);
  const replica = up[world.choices.pick(`replica for client ${operation.number}`, up.length)];
  if (!replica) return;
  if (operation.answer) operation.repeatsLeft--;
  operation.tries++;
  const attempt = { replica, life: replica.life };
  operation.attempt = attempt;
  world.say(() => `a client sends ${label} to ${replica.name}${operation.tries > 1 ? ', again' : ''}`);
  if (strikes(world, 'connectionLost', `client ${operation.number}`)) {
    // The call goes on, and nobody waits for it.
    world.say(() => '  and loses its connection');
    operation.attempt = undefined;
  }
  const isMine = () => operation.attempt === attempt;
  invoke(replica, method, request).then(
    (bytes) => isMine() && settle(world, operation, `ok ${Buffer.from(bytes).toString('hex')}`, bytes),
    (error) => isMine() && fail(world, operation, error),
  );
}

/** A call of a replica's handler: the bytes of its answer. */
export function invoke(replica: Replica, method: string, request: unknown): Promise<Uint8Array> {
  const offered = replica.handlers.find(({ handlers }) => handlers[method]);
  const definition = offered?.definition[method];
  if (!offered || !definition) throw new Error(`${replica.name} has no ${method}`);
  const { path, requestSerialize, responseSerialize } = anyCodec(definition);
  const bytes = requestSerialize(request);
  const call: CallInfo = {
    ...ANYBODY,
    caller: CALLER,
    method: path.slice(1),
    fingerprint: createHash('sha256').update(bytes).digest(),
    startsSaga: offered.startsSagas.includes(method),
    requestBytes: bytes.length,
    deadline: undefined,
    signal: never,
    traceparent,
    metadata: new Metadata(),
  };
  const handler = offered.handlers[method] as UnaryHandler;
  return handler(request, call).then((response) => encodedBytes(response) ?? responseSerialize(response));
}

function fail(world: World, operation: ClientOperation, error: unknown): void {
  const mayPass =
    error instanceof AnswerLost ||
    isTaken(error) ||
    (error instanceof OrderlogError && error.code === 'UNAVAILABLE');
  if (mayPass || error instanceof Crashed) operation.attempt = undefined;
  else if (error instanceof OrderlogError) {
    settle(world, operation, `${error.code} ${error.reason} ${error.message}`, undefined);
  } else world.broken(new Violation('bug', `${operation.label} is answered ${String(error)}`));
}

function settle(world: World, operation: ClientOperation, text: string, bytes: Uint8Array | undefined): void {
  operation.attempt = undefined;
  const before = operation.answer;
  operation.answer ??= { text, bytes };
  if (before && before.text !== text) {
    world.broken(new Violation(15, `${operation.label} was answered ${before.text}, and then ${text}`));
  }
}
