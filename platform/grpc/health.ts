/**
 * grpc.health.v1.Health: a status for each service, '' for the server as a whole, which serves if all of them do, and one
 * for each dependency, by names such as `dependency.postgres`, and for `durability`, which count for nobody else.
 *
 * Two names are for whoever runs the process: `liveness` serves as long as it answers at all; `readiness` from the first moment
 * in which all services served until it is stopped. What is away later closes the services and not the readiness: replicas
 * share what they depend on, and all of them would be taken out of use at once, instead of saying what is missing and going on
 * in the moment in which it is back. One that never had what it needs never becomes ready, and a roll-out of such stops there.
 *
 * As the protocol says: Check of an unknown service is NOT_FOUND; Watch of one tells SERVICE_UNKNOWN and goes on; List
 * tells all. Everything is NOT_SERVING until setServing says otherwise.
 */
import { EventEmitter, once } from 'node:events';
import {
  HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from '../../proto/gen/grpc/health/v1/health.ts';
import { OrderlogError } from '../errors.ts';
import { type CallInfo, type OfferedService, offer } from './service.ts';

export interface Health {
  readonly service: OfferedService;
  /** Sets the status of one service or dependency; '' sets all services. Throws for a name that is not offered. */
  setServing(service: string, serving: boolean): void;
  /** Nothing serves any more, nor is ready. */
  stop(): void;
}

export const LIVENESS = 'liveness';
export const READINESS = 'readiness';

/** What a request may hold: a name. A watcher's is kept for as long as he stays, and nobody needs a token to be one. */
const MAX_REQUEST_BYTES = 1_024;

const WHOLE_SERVER = '';
const CHANGED = 'changed';

/** Health of the named services and dependencies. A dependency serves until it is said not to. */
export function createHealth(services: readonly string[], dependencies: readonly string[] = []): Health {
  const serving = new Map([
    [LIVENESS, true] as const,
    [READINESS, false] as const,
    ...services.map((service) => [service, false] as const),
    ...dependencies.map((name) => [name, true] as const),
  ]);
  const changes = new EventEmitter().setMaxListeners(0);
  const whole = () => services.every((name) => serving.get(name));

  const statusOf = (service: string): Serving => {
    const serves = service === WHOLE_SERVER ? whole() : serving.get(service);
    if (serves === undefined) return Serving.SERVICE_UNKNOWN;
    return serves ? Serving.SERVING : Serving.NOT_SERVING;
  };

  async function* watch(service: string, signal: AbortSignal) {
    let told: Serving | undefined;
    for (;;) {
      const status = statusOf(service);
      // The generator is asked for more only when the last answer went out: a slow watcher sees the latest, not all.
      if (status !== told) yield { status };
      told = status;
      if (statusOf(service) === told) await once(changes, CHANGED, { signal });
    }
  }

  return {
    service: offer(HealthService, {
      async check({ service }, call) {
        refuseMore(call);
        const status = statusOf(service);
        if (status !== Serving.SERVICE_UNKNOWN) return { status };
        throw new OrderlogError('NOT_FOUND', 'SERVICE_UNKNOWN', `no service ${service} here`);
      },
      async list() {
        const names = [WHOLE_SERVER, ...serving.keys()];
        return { statuses: Object.fromEntries(names.map((name) => [name, { status: statusOf(name) }])) };
      },
      watch({ service }, call) {
        refuseMore(call);
        return watch(service, call.signal);
      },
    }),
    setServing(service, isServing) {
      const named = service === WHOLE_SERVER ? services : [service];
      for (const name of named) {
        if (!serving.has(name)) throw new Error(`${name} is not offered`);
        serving.set(name, isServing);
      }
      if (isServing && whole()) serving.set(READINESS, true);
      changes.emit(CHANGED);
    },
    stop() {
      for (const name of [READINESS, ...services]) serving.set(name, false);
      changes.emit(CHANGED);
    },
  };
}

function refuseMore({ requestBytes }: Pick<CallInfo, 'requestBytes'>): void {
  if (requestBytes <= MAX_REQUEST_BYTES) return;
  const description = `is a name, in a request of at most ${MAX_REQUEST_BYTES} bytes`;
  throw new OrderlogError('INVALID_ARGUMENT', 'INVALID_FIELD', `service ${description}`, {
    violations: [{ field: 'service', description }],
  });
}
