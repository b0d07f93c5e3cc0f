/** GET /healthz: this process answers. GET /readyz: every part answers; 503 otherwise, each part named either way. */
import type { FastifyInstance } from 'fastify';

/** What one part says. */
export interface PartState {
  readonly ready: boolean;
  /** Why not. */
  readonly detail?: string;
}

/** Asks every part. */
export type Readiness = () => Promise<Readonly<Record<string, PartState>>>;

export function addProbes(app: FastifyInstance, readiness: Readiness): void {
  app.get('/healthz', async () => ({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const parts = await readiness();
    const ready = Object.values(parts).every((part) => part.ready);
    return reply.code(ready ? 200 : 503).send({ ready, parts });
  });
}
