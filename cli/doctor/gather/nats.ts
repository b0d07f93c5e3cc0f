/** The log's server, its streams, and what its monitoring page says of JetStream. */
import { pino } from 'pino';
import { callApi } from '../../../platform/log/api.ts';
import { connectLog, type LogConnection } from '../../../platform/log/connection.ts';
import type { NatsTls } from '../../../platform/log/natsServers.ts';
import { streamIdentity } from '../../../platform/log/stream.ts';
import { recoverable } from '../../recover/services.ts';
import type { NatsFacts, StreamFacts } from '../judge/nats.ts';

export interface NatsAddress {
  readonly url: string;
  /** Of its monitoring page; unset: not looked at. */
  readonly monitor?: string;
  readonly tls?: NatsTls | undefined;
}

interface Info {
  readonly ts: string;
  readonly config: { readonly num_replicas?: number; readonly max_bytes?: number };
  readonly state: { readonly bytes: number };
  readonly cluster?: { readonly leader?: string; readonly replicas?: readonly unknown[] };
}

export interface LogFacts extends NatsFacts {
  readonly lastSequences: ReadonlyMap<string, number>;
}

export async function natsFacts(
  { url, monitor, tls = {} }: NatsAddress,
  signal: AbortSignal,
): Promise<LogFacts> {
  const logger = pino({ level: 'silent' });
  const log = await connectLog({ url, tls, name: 'orderlog doctor', logger, signal });
  try {
    const before = Date.now();
    const account = await callApi<{ ts?: string }>(log, 'INFO', {});
    const looks: { facts: StreamFacts; last: number; time: number | undefined }[] = [];
    for (const { stream } of recoverable) looks.push(await look(log, stream));
    const time = looks.find((each) => each.time !== undefined)?.time ?? timeOf(account.ts) ?? Date.now();
    return {
      version: log.nats.info?.version ?? '',
      maxPayloadBytes: log.maxPayloadBytes(),
      skewMs: time - (before + Date.now()) / 2,
      ...(monitor !== undefined && (await syncOf(monitor, signal))),
      streams: looks.map(({ facts }) => facts),
      lastSequences: new Map(looks.map(({ facts, last }) => [facts.name, last])),
    };
  } finally {
    await log.close();
  }
}

const timeOf = (text: string | undefined): number | undefined => (text ? Date.parse(text) : undefined);

async function look(log: LogConnection, stream: (typeof recoverable)[number]['stream']) {
  const identity = await streamIdentity(log, { ...stream, maxBytes: 0, replicas: 1 });
  if (!identity) return { facts: { name: stream.name }, last: 0, time: undefined };
  const info = await callApi<Info>(log, `STREAM.INFO.${stream.name}`, {});
  const found = {
    replicas: info.config.num_replicas ?? 1,
    // A server alone names no leader.
    servers: info.cluster?.leader ? 1 + (info.cluster.replicas?.length ?? 0) : 1,
    bytes: info.state.bytes,
    maxBytes: info.config.max_bytes ?? -1,
    messages: identity.messages,
    missing: identity.missing,
    problems: identity.configProblems,
  };
  return { facts: { name: stream.name, found }, last: identity.lastSequence, time: timeOf(info.ts) };
}

/** Nothing, where the page does not answer: that it cannot be seen is a finding. */
async function syncOf(monitor: string, signal: AbortSignal): Promise<Pick<NatsFacts, 'sync'>> {
  try {
    const response = await fetch(new URL('/jsz?config=true', monitor), { signal });
    const { config } = (await response.json()) as {
      config?: { sync_always?: boolean; sync_interval?: number };
    };
    if (!config) return {};
    const minutes = (config.sync_interval ?? 0) / 60e9;
    return { sync: { always: config.sync_always ?? false, interval: `every ${minutes} min` } };
  } catch {
    return {};
  }
}
