/** A service's own stream of the log: the connection, the gate, what waits to be published, and the relay. */
import type { AnyEvent } from '../events.ts';
import { type Backlog, watchBacklog } from '../log/backlog.ts';
import { connectLog, type LogConnection } from '../log/connection.ts';
import { type LogGate, startLogGate } from '../log/logGate.ts';
import { type Relay, startRelay } from '../log/relay.ts';
import type { StreamSpec } from '../log/stream.ts';
import { type StreamRoom, watchStreamRoom } from '../log/streamRoom.ts';
import { measurePublishes } from '../telemetry/measure.ts';
import { both } from '../telemetry/observe.ts';
import { tracePublishes } from '../telemetry/writeSpans.ts';
import { natsTlsOf } from '../tls/settings.ts';
import type { Base } from './base.ts';
import type { Pools } from './database.ts';

export interface OwnLog {
  readonly stream: StreamSpec;
  readonly room: StreamRoom;
  readonly connection: LogConnection;
  readonly gate: LogGate;
  readonly backlog: Backlog;
  readonly relay: Relay;
}

export async function openLog<S, C, E extends AnyEvent>(
  { lifecycle, config, spec, holder, stopping }: Base<S, C, E>,
  { db, known }: Pools,
): Promise<OwnLog> {
  const { logger } = lifecycle;
  const connection = await connectLog({
    url: config.ORDERLOG_NATS_URL,
    tls: natsTlsOf(config),
    name: holder,
    logger,
    signal: stopping,
  });
  lifecycle.onStop('the connection to NATS', () => connection.close());
  const stream = {
    name: spec.stream.name,
    subjectPrefix: spec.stream.subjectPrefix,
    maxBytes: config.ORDERLOG_STREAM_MAX_BYTES,
    replicas: config.ORDERLOG_STREAM_REPLICAS,
  };
  const { service } = spec.model;
  const room = watchStreamRoom(service, stream, logger);
  const log = { service, spec: stream, db, connection, onRecord: known.note, onStream: room.note };
  const gate = startLogGate(log, logger);
  lifecycle.onStop('the log gate', () => gate.stop());
  const backlog = watchBacklog(db, config.ORDERLOG_BACKLOG_MAX_EVENTS, logger);
  lifecycle.onStop('the backlog watch', () => backlog.stop());
  const watched = both(measurePublishes(spec.meter), tracePublishes(stream.name));
  const observe: typeof watched = (events) => {
    spec.onPublishing?.(events);
    return watched(events);
  };
  const relay = startRelay({ ...log, holder, gate, logger, maxBatch: config.ORDERLOG_BATCH_MAX, observe });
  lifecycle.onStop('the relay', (remainingMs) => relay.stop(remainingMs / 2));
  return { stream, room, connection, gate, backlog, relay };
}
