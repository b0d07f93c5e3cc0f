/** Several replicas of each service, as further rows of the table of services: what the first is told, but for where it listens. */
import { portOf } from '../../cli/start/layout.ts';
import { type ServiceContext, type ServiceSpec, services } from '../../cli/start/services.ts';
import { withoutListens } from '../../cli/start/withoutListens.ts';

/** The provider is the world outside. */
const SINGLE = ['sandbox'];
/** Ports of a replica, from the base: behind those of servers, services and their admin endpoints (cli/addresses.ts). */
const FIRST_PORT = 40;
const PORTS_EACH = 10;

export const replicaName = (service: string, replica: number): string =>
  replica === 1 ? service : `${service}-${replica}`;

/** The services of which there are several. */
export const REPLICATED: readonly string[] = services
  .map(({ name }) => name)
  .filter((name) => !SINGLE.includes(name));

/** Where a replica answers gRPC; of a service's first it is where it always does. */
export function replicaAddress(
  { addresses }: Pick<ServiceContext['layout'], 'addresses'>,
  service: 'order' | 'catalog' | 'payment' | 'gateway',
  replica: number,
): string {
  return replica === 1 ? addresses[service] : listen(addresses.gateway, replica, REPLICATED.indexOf(service));
}

/** The table with so many of each. Those after the first start when it is up: it has made the tables. */
export const replicated = (count: number): readonly ServiceSpec[] =>
  services.flatMap((spec) =>
    REPLICATED.includes(spec.name)
      ? Array.from({ length: count }, (_, n) => (n === 0 ? spec : replicaOf(spec, n + 1)))
      : [spec],
  );

function replicaOf({ database: _, ...spec }: ServiceSpec, replica: number): ServiceSpec {
  const place = REPLICATED.indexOf(spec.name);
  return {
    ...spec,
    name: replicaName(spec.name, replica),
    needs: [...spec.needs, spec.name],
    env(context) {
      const { gateway } = context.layout.addresses;
      const own = spec.env(context);
      return {
        ...withoutListens(own),
        ...('ORDERLOG_GRPC_LISTEN' in own && { ORDERLOG_GRPC_LISTEN: listen(gateway, replica, place) }),
        ...('ORDERLOG_HTTP_LISTEN' in own && {
          ORDERLOG_HTTP_LISTEN: listen(gateway, replica, REPLICATED.length),
        }),
      };
    },
  };
}

function listen(base: string, replica: number, place: number): string {
  const port = portOf(base);
  return base.replace(String(port), String(port + FIRST_PORT + (replica - 2) * PORTS_EACH + place));
}
