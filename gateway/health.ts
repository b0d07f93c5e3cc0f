/** The gateway's own gRPC health: it serves what it can, and names what it cannot use as `dependency.<name>`. */
import type { Logger } from 'pino';
import {
  type Dependency,
  type DependencyWatch,
  healthName,
  watchDependencies,
} from '../platform/dependencies.ts';
import type { Elasticsearch } from '../platform/elasticsearch/client.ts';
import type { Health } from '../platform/grpc/health.ts';
import { cluster, type HealthClient, type PartState, serving } from './readiness.ts';

/** What queries need. */
export function dependenciesOf(order: HealthClient, es: Elasticsearch | undefined): readonly Dependency[] {
  const looks: Readonly<Record<string, () => Promise<PartState>>> = {
    order: () => serving(order),
    ...(es && { elasticsearch: () => cluster(es) }),
  };
  return Object.entries(looks).map(([name, ask]) => ({
    name,
    async look() {
      const { ready, detail } = await ask();
      if (!ready) throw new Error(detail);
    },
  }));
}

/** The names that a server's health has for them. */
export const healthNames = (needed: readonly Dependency[]): readonly string[] =>
  needed.map(({ name }) => healthName(name));

export const watchHealth = (health: Health, needed: readonly Dependency[], logger: Logger): DependencyWatch =>
  watchDependencies(needed, { logger, onChange: (name, up) => health.setServing(healthName(name), up) });
