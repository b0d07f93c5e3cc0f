/** The log's server and its streams: what history rests on. */
import { NEARLY_FULL } from '../../../platform/log/streamRoom.ts';
import { type Asked, type Finding, findingsOf, isReached } from '../finding.ts';
import { judgeClock, sizeText } from './limits.ts';
import { isAtLeast } from './version.ts';

export interface NatsFacts {
  readonly version: string;
  readonly maxPayloadBytes: number;
  readonly skewMs: number;
  /** Of JetStream, as the monitoring page tells it; unset: nobody could ask. */
  readonly sync?: { readonly always: boolean; readonly interval: string };
  readonly streams: readonly StreamFacts[];
}

export interface StreamFacts {
  readonly name: string;
  /** Unset: there is no such stream. */
  readonly found?: {
    readonly replicas: number;
    /** Servers in the cluster that holds it; 1: a single server. */
    readonly servers: number;
    readonly bytes: number;
    readonly maxBytes: number;
    readonly messages: number;
    readonly missing: number;
    /** What in its configuration breaks a promise. */
    readonly problems: readonly string[];
  };
}

const OLDEST = [2, 12];
const GOOD = [2, 15];
const MIN_PAYLOAD_BYTES = 1024 * 1024;
const SAFE_REPLICAS = 3;
const FULL_FAIL = 0.95;

export function judgeNats(asked: Asked<NatsFacts>): readonly Finding[] {
  const of = findingsOf('nats');
  if (!isReached(asked)) {
    const advice =
      'start nats-server with JetStream, or check its address; orders are taken until the outboxes are full, and go on when it is back';
    return [of.fail('reachable', asked.unreachable, advice)];
  }
  const { version, maxPayloadBytes, skewMs, sync, streams } = asked.facts;
  return [
    judgeVersion(version),
    judgeSync(sync),
    maxPayloadBytes >= MIN_PAYLOAD_BYTES
      ? of.ok('max_payload', sizeText(maxPayloadBytes))
      : of.warn(
          'max_payload',
          sizeText(maxPayloadBytes),
          'set max_payload: 1MB: large orders are refused otherwise',
        ),
    judgeClock(of, skewMs),
    ...streams.flatMap(judgeStream),
  ];
}

function judgeVersion(version: string): Finding {
  const of = findingsOf('nats');
  const found = `nats-server ${version}`;
  if (isAtLeast(version, GOOD)) return of.ok('version', found);
  return isAtLeast(version, OLDEST)
    ? of.warn('version', found, 'upgrade to 2.15 or newer, which makes a batch durable by one fsync')
    : of.fail('version', found, 'upgrade to 2.15 or newer: this one has no atomic batches');
}

function judgeSync(sync: NatsFacts['sync']): Finding {
  const of = findingsOf('nats');
  if (!sync) {
    const advice =
      "give --nats-monitor <url> (the server's http port), or see that its configuration says sync_interval: always";
    return of.warn('sync_interval', 'cannot be seen', advice);
  }
  return sync.always
    ? of.ok('sync_interval', 'always')
    : of.fail(
        'sync_interval',
        sync.interval,
        'set sync_interval: always in its jetstream block, on every node: a power failure loses acknowledged events otherwise',
      );
}

function judgeStream({ name, found }: StreamFacts): readonly Finding[] {
  const of = findingsOf(`stream ${name}`);
  if (!found) {
    const advice =
      'its service makes it at its first start; if it was there before, orderlog recover says what is lost';
    return [of.fail('exists', 'no such stream', advice)];
  }
  const { replicas, servers, problems, missing, messages } = found;
  return [
    problems.length === 0
      ? of.ok('configuration', 'history cannot be deleted, purged, aged or dropped')
      : of.fail(
          'configuration',
          problems.join('; '),
          `set them right with nats stream edit ${name}, or make it anew: orderlog recover`,
        ),
    missing === 0
      ? of.ok('messages', `${messages}, none missing`)
      : of.fail(
          'messages',
          `${missing} missing`,
          'orderlog recover <service> --republish makes it again from the database',
        ),
    judgeRoom(name, found),
    servers > 1 && replicas < SAFE_REPLICAS
      ? of.warn(
          'replicas',
          `${replicas} of ${servers} servers`,
          `set ORDERLOG_STREAM_REPLICAS=3, and nats stream edit ${name} --replicas 3`,
        )
      : of.ok('replicas', servers > 1 ? `${replicas} of ${servers} servers` : '1, on one server'),
  ];
}

function judgeRoom(name: string, { bytes, maxBytes }: NonNullable<StreamFacts['found']>): Finding {
  const of = findingsOf(`stream ${name}`);
  if (maxBytes <= 0) return of.ok('room', `${sizeText(bytes)}, without a bound`);
  const share = bytes / maxBytes;
  const found = `${sizeText(bytes)} of ${sizeText(maxBytes)}`;
  const advice =
    'orderlog stream grow <service> --max-bytes <bytes> (and ORDERLOG_STREAM_MAX_BYTES likewise): it refuses events when it is full';
  if (share >= FULL_FAIL) return of.fail('room', found, advice);
  return share >= NEARLY_FULL ? of.warn('room', found, advice) : of.ok('room', found);
}
