/**
 * Puts a service with a write side together: database, log, relay, tasks, timers, consumers, command queue and gRPC server, in the
 * order in which they need one another; a stop undoes it in reverse: no new calls, queued commands finished, consumers and
 * tasks at rest, what is committed published, connections closed.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { openAccess } from '../access/settings.ts';
import { databaseClock } from '../clock.ts';
import type { AnyEvent } from '../events.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { ServiceConfig } from '../serviceConfig.ts';
import type { Base } from './base.ts';
import { haveSchema, openPools } from './database.ts';
import { openLog } from './log.ts';
import { createServing } from './serving.ts';
import type { WriteServiceSpec } from './spec.ts';
import { untilOpen } from './untilOpen.ts';
import { startWork } from './work.ts';

/** Starts the service and says that it is ready. Throws what keeps it from starting. */
export async function startWriteService<S, C, E extends AnyEvent>(
  lifecycle: Lifecycle,
  config: ServiceConfig,
  spec: WriteServiceSpec<S, C, E>,
): Promise<void> {
  const { logger } = lifecycle;
  const { ORDERLOG_GRPC_LISTEN } = config;
  const access = openAccess(config, { ORDERLOG_GRPC_LISTEN }, logger);
  lifecycle.onStop('the keys of tokens', () => access.stop());
  const stopping = new AbortController();
  const holder = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const base: Base<S, C, E> = { lifecycle, config, spec, holder, stopping: stopping.signal };

  await haveSchema(base);
  let recheck = (_why: string): void => undefined;
  const pools = openPools(base, (why) => recheck(why));
  const clock = await databaseClock(pools.db, stopping.signal, {
    onError: (error) =>
      logger.warn({ err: error }, "the database's clock cannot be read; going on by our own"),
    onBack: (ms) =>
      logger.warn({ ms }, "the database's clock was far ahead: time goes back to what it tells now"),
  });
  await spec.prepare?.(pools.db, logger, stopping.signal);

  const log = await openLog(base, pools);
  recheck = log.gate.recheck;
  const ground = { pools, log, clock };
  const work = startWork(base, ground);
  const { parts, server } = createServing(base, ground, work, access);
  lifecycle.onStop('the gRPC server', (remainingMs) => {
    stopping.abort();
    return server.drain(remainingMs / 2);
  });
  const port = await server.start();
  await spec.listen?.(parts);
  await untilOpen(log.gate, lifecycle.waiting, stopping.signal);
  if (stopping.signal.aborted) return;
  logger.info({ port, holder }, `${spec.model.service} is up`);
  lifecycle.ready();
}
