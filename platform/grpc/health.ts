/**
 * grpc.health.v1.Health: a status for each service, and '' for the server as a whole, which serves if all of them do.
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
import { type OfferedService, offer } from './service.ts';

export interface Health {
  readonly service: OfferedService;
  /** Sets one service's status; '' sets all. Throws for a service that the server does not offer. */
  setServing(service: string, serving: boolean): void;
}

const WHOLE_SERVER = '';
const CHANGED = 'changed';

/** Health of the named services. */
export function createHealth(services: readonly string[]): Health {
  const serving = new Map(services.map((service) => [service, false]));
  const changes = new EventEmitter().setMaxListeners(0);

  const statusOf = (service: string): Serving => {
    const all = [...serving.values()];
    const serves = service === WHOLE_SERVER ? all.every(Boolean) : serving.get(service);
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
      async check({ service }) {
        const status = statusOf(service);
        if (status !== Serving.SERVICE_UNKNOWN) return { status };
        throw new OrderlogError('NOT_FOUND', 'SERVICE_UNKNOWN', `no service ${service} here`);
      },
      async list() {
        const names = [WHOLE_SERVER, ...services];
        return { statuses: Object.fromEntries(names.map((name) => [name, { status: statusOf(name) }])) };
      },
      watch: ({ service }, call) => watch(service, call.signal),
    }),
    setServing(service, isServing) {
      const named = service === WHOLE_SERVER ? services : [service];
      for (const name of named) {
        if (!serving.has(name)) throw new Error(`${name} is not offered`);
        serving.set(name, isServing);
      }
      changes.emit(CHANGED);
    },
  };
}
