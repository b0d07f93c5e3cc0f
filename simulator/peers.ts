/**
 * Calls from one service to another (services/order/direct/): each reaches any replica that is up, or none; its answer comes,
 * or does not; and whoever made it may have given it up by then, while it goes on. The breaker is left out: it decides when
 * a call is made, and not what comes of it.
 */
import { OrderlogError } from '../platform/errors.ts';
import { anyCodec, type ServiceDefinition } from '../platform/grpc/service.ts';
import { CatalogServiceService } from '../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { PaymentServiceService } from '../proto/gen/orderlog/payment/v1/payment_service.ts';
import { CallUnknown, type Remote, type Remotes } from '../services/order/direct/remote.ts';
import { AnswerLost, invoke } from './clients.ts';
import type { ServiceName } from './composition.ts';
import { strikes } from './transact.ts';
import { allReplicas, Crashed, type Replica, type World } from './world.ts';

export interface PeerCall {
  readonly label: string;
  readonly to: ServiceName;
  readonly method: string;
  readonly request: unknown;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
  /** Who answers it; undefined: it is on its way. */
  at: { readonly replica: Replica; readonly life: number } | undefined;
}

/** The other services as a replica's tasks see them. */
export const remotesOf = (world: World, caller: Replica): Remotes => ({
  catalog: remoteOf(world, caller, 'catalog', CatalogServiceService) as Remotes['catalog'],
  payment: remoteOf(world, caller, 'payment', PaymentServiceService) as Remotes['payment'],
});

function remoteOf(
  world: World,
  caller: Replica,
  to: ServiceName,
  definition: ServiceDefinition,
): Remote<unknown> {
  const client = new Proxy(
    {},
    {
      get: (_, method: string) => async (request: unknown) => {
        const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
        const label = `${caller.name} to ${to}: ${method}`;
        world.peerCalls.push({ label, to, method, request, resolve, reject, at: undefined });
        const known = definition[method];
        if (!known) throw new Error(`${to} has no ${method}`);
        return anyCodec(known).responseDeserialize(Buffer.from(await promise));
      },
    },
  );
  return {
    async call(_timeoutMs, call, signal) {
      try {
        return await call(client, { signal });
      } catch (error) {
        const isUnknown =
          error instanceof AnswerLost ||
          error instanceof Crashed ||
          (error instanceof OrderlogError && error.code === 'UNAVAILABLE');
        throw isUnknown ? new CallUnknown('no definite answer', error, undefined) : error;
      }
    },
    refusal: () => undefined,
  };
}

export const peerActions = (world: World) =>
  world.peerCalls
    .filter(({ at }) => at === undefined || isGone(at))
    .map((call) => ({
      actor: 'peers',
      key: call,
      replica: undefined,
      isAsync: true,
      run: () =>
        call.at ? giveUp(world, call, 'is not answered: who had it is gone') : deliver(world, call),
    }));

const isGone = ({ replica, life }: NonNullable<PeerCall['at']>): boolean => replica.life !== life;

function deliver(world: World, call: PeerCall): void {
  const up = world.services[call.to].replicas.filter(({ isUp }) => isUp);
  const replica = up[world.choices.pick(`replica for ${call.label}`, Math.max(1, up.length))];
  if (!replica || strikes(world, 'peerUnreachable', call.label)) {
    giveUp(world, call, 'reaches nobody');
    return;
  }
  world.say(() => `${call.label}, at ${replica.name}`);
  call.at = { replica, life: replica.life };
  const settle = (settled: () => void) => {
    remove(world, call);
    settled();
  };
  invoke(replica, call.method, call.request).then(
    (bytes) => settle(() => call.resolve(bytes)),
    (error) => settle(() => call.reject(error)),
  );
  if (strikes(world, 'peerGivenUp', call.label)) giveUp(world, call, 'is given up, and goes on');
}

function giveUp(world: World, call: PeerCall, what: string): void {
  world.say(() => `${call.label} ${what}`);
  remove(world, call);
  call.reject(new AnswerLost());
}

function remove({ peerCalls }: World, call: PeerCall): void {
  const index = peerCalls.indexOf(call);
  if (index >= 0) peerCalls.splice(index, 1);
}

/** No call waits for its answer for longer than a few seconds. */
export function giveUpPeers(world: World): void {
  for (const replica of allReplicas(world)) {
    for (const { giveUp } of replica.waits) giveUp?.();
    replica.waits = replica.waits.filter(({ giveUp }) => !giveUp);
  }
  for (const call of [...world.peerCalls]) giveUp(world, call, 'takes too long');
}

/** Handlers that wait until something is in their store. */
export const waitActions = (world: World) =>
  allReplicas(world)
    .filter(({ isUp }) => isUp)
    .flatMap((replica) =>
      replica.waits
        .filter(({ isThere }) => isThere())
        .map((wait) => ({
          actor: `${replica.name} answers`,
          key: wait,
          replica,
          isAsync: true,
          run() {
            replica.waits = replica.waits.filter((other) => other !== wait);
            wait.settle();
          },
        })),
    );
