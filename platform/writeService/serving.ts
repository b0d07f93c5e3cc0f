/** What a service offers: commands and reads by gRPC, its health, and its figures. */
import { sql } from 'kysely';
import type { Access } from '../access/settings.ts';
import { createCommandQueue, DEFAULT_LIMITS, type QueueLimits } from '../commandQueue.ts';
import { healthName, watchDependencies } from '../dependencies.ts';
import { DURABILITY, watchDurability } from '../durability.ts';
import type { AnyEvent } from '../events.ts';
import { mutual } from '../grpc/credentials.ts';
import { opsOf, opsService } from '../grpc/ops.ts';
import { createGrpcServer, type GrpcServer } from '../grpc/server.ts';
import { grpcBoundsOf } from '../grpc/settings.ts';
import type { ServiceConfig } from '../serviceConfig.ts';
import { measureCalls } from '../telemetry/measure.ts';
import { measureState } from '../telemetry/measureState.ts';
import { tracedQueue } from '../telemetry/writeSpans.ts';
import type { Base } from './base.ts';
import type { ServiceParts } from './spec.ts';
import type { Ground, Work } from './work.ts';

export interface Serving<S, C> {
  readonly parts: ServiceParts<S, C>;
  /** Not started yet. */
  readonly server: GrpcServer;
}

export function createServing<S, C, E extends AnyEvent>(
  base: Base<S, C, E>,
  ground: Ground,
  { rpcWriter, commits, watermarks, consumers, replays, lastTime }: Work<S, C, E>,
  access: Access,
): Serving<S, C> {
  const { lifecycle, config, spec, holder, stopping } = base;
  const { logger } = lifecycle;
  const { pools, clock } = ground;
  const { stream, room, connection, gate, relay, backlog } = ground.log;
  const { db } = pools;
  const flushed = createCommandQueue(rpcWriter, clock, limitsOf(config));
  const queue = tracedQueue(flushed, stream.name, commits);
  const ops = opsOf({ db, stream: stream.name, relay, backlog, consumers, replays, watermarks });
  const refusal = () => gate.reason();
  const parts: ServiceParts<S, C> = { db: pools.rpcDb, queue, clock, backlog, ops, refusal, logger };
  const needs = [
    { name: 'postgres', look: () => sql`select 1`.execute(db) },
    { name: 'nats', look: () => connection.roundTrip() },
  ];
  const dependencies = needs.map(({ name }) => name);
  const server = createGrpcServer({
    logger,
    listen: config.ORDERLOG_GRPC_LISTEN,
    listenVariable: 'ORDERLOG_GRPC_LISTEN',
    admit: access.admit,
    rate: access.rate,
    gate: refusal,
    healthListen: config.ORDERLOG_HEALTH_LISTEN,
    tls: mutual(spec.certificates),
    bounds: grpcBoundsOf(config),
    shed: (...call) => backlog.refusal() ?? queue.refusal(...call),
    answered: measureCalls(spec.meter),
    dependencies: [...dependencies.map(healthName), DURABILITY],
    services: [...spec.services(parts), opsService(ops)],
  });
  lifecycle.onStop('the command queue', () => queue.drain());
  const needed = watchDependencies(needs, {
    logger,
    onChange(name, up) {
      server.health.setServing(healthName(name), up);
      tellHealth();
    },
  });
  lifecycle.onStop('the watch of dependencies', () => needed.stop());
  const durability = watchDurability(db, {
    logger,
    onChange: (isDurable) => server.health.setServing(DURABILITY, isDurable),
  });
  lifecycle.onStop('the watch of standbys', () => durability.stop());
  // Without NATS commands are still taken, up to the backlog's bound; without the database none is.
  const tellHealth = () => {
    if (!stopping.aborted) server.health.setServing('', gate.isOpen() && needed.isUp('postgres'));
  };
  gate.onChange(tellHealth);
  tellHealth();
  measureState(spec.meter, {
    db,
    holder,
    gate,
    relay,
    backlog,
    stream: stream.name,
    room,
    queue,
    ops,
    dependencies,
    isUp: needed.isUp,
    lastTime,
    kinds: Object.keys(spec.tasks ?? {}),
  });
  return { parts, server };
}

/** A transaction a command (ORDERLOG_BATCH_MAX=1) comes in as many at once as there are connections. */
function limitsOf({ ORDERLOG_BATCH_MAX: max, ORDERLOG_DATABASE_CONNECTIONS }: ServiceConfig): QueueLimits {
  const limits = { ...DEFAULT_LIMITS, maxBatch: Math.min(max, DEFAULT_LIMITS.maxBatch) };
  return max === 1
    ? { ...limits, maxFlushes: ORDERLOG_DATABASE_CONNECTIONS, everyMs: 0, overtakeMs: 0 }
    : limits;
}
