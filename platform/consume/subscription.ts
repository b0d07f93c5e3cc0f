/**
 * Messages of a stream in order, from one sequence on, as long as nothing is amiss.
 *
 * What an ordered consumer is (no acknowledgement state at the broker, kept in memory there, delivery sequence checked
 * here), without its self-healing: the client library would resume a lost consumer in whatever stream it finds under the
 * name. Here a break in the connection, missed heartbeats, a lost consumer or a gap in delivery end the subscription; the
 * owner subscribes again from the checkpoint, which verifies the stream anew (logPlace.ts).
 *
 * Bounded: pull requests are sent as messages are taken, so at most about 4 x maxMessages wait here, and of large ones 2 x
 * maxMessages and 2 x maxBytes.
 */
import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  type JsMsg,
  jetstream,
  ReplayPolicy,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/nats-core';
import { createNudge } from '../wait.ts';
import type { LogManager } from './logPlace.ts';

/** How much one fetch takes. */
export interface FetchLimits {
  readonly maxMessages: number;
  /** Of payloads; one message is always taken. */
  readonly maxBytes: number;
}

export interface Subscription {
  /**
   * What has arrived, up to the limits; waits for the first message only, and gives [] if none comes in time or the signal
   * does. Throws SubscriptionEnded once everything that came before has been taken.
   */
  take(maxWaitMs: number, signal: AbortSignal): Promise<readonly JsMsg[]>;
  /** Whether a whole fetch waits to be taken before the promise is settled. */
  isFullBefore(settled: Promise<unknown>): Promise<boolean>;
  close(): void;
}

/** Subscribe again from the checkpoint. */
export class SubscriptionEnded extends Error {
  constructor(stream: string, why: string, cause?: unknown) {
    super(`reading ${stream} was interrupted: ${why}`, { cause });
    this.name = 'SubscriptionEnded';
  }
}

/** After two of them are missed the subscription ends. */
const IDLE_HEARTBEAT_MS = 2_000;
/** Waits are ended by what they wait for; timers need some number. */
const MAX_LULL_MS = 60_000;
/** The server drops a consumer that nobody asks for messages. */
const INACTIVE_MS = 60_000;
/** The client library's news after which the order of messages is no longer certain. */
const BREAKS = new Set([
  'heartbeats_missed',
  'consumer_not_found',
  'consumer_deleted',
  'stream_not_found',
  'no_responders',
  'exceeded_limits',
  'reset',
]);

/** A consumer at the broker that begins at `sequence`; nothing is delivered before openSubscription. */
export function createLogConsumer(
  manager: LogManager,
  stream: string,
  sequence: number,
  subjects: readonly string[] | undefined,
): Promise<ConsumerInfo> {
  return manager.consumers.add(stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: sequence,
    replay_policy: ReplayPolicy.Instant,
    ack_policy: AckPolicy.None,
    inactive_threshold: nanos(INACTIVE_MS),
    mem_storage: true,
    num_replicas: 1,
    ...(subjects && { filter_subjects: [...subjects] }),
  });
}

/** `session`: ends with the connection in which `info` was got. */
export async function openSubscription(
  nats: NatsConnection,
  session: AbortSignal,
  info: ConsumerInfo,
  limits: FetchLimits,
): Promise<Subscription> {
  const stream = info.stream_name;
  const messages = await jetstream(nats)
    .consumers.getConsumerFromInfo(info)
    .consume({
      max_messages: 2 * limits.maxMessages,
      idle_heartbeat: IDLE_HEARTBEAT_MS,
      abort_on_missing_resource: true,
    });
  const buffer: JsMsg[] = [];
  const [arrived, room] = [createNudge(), createNudge()];
  const over = new AbortController();
  let bufferedBytes = 0;
  let ended: SubscriptionEnded | undefined;
  const holds = (fetches: number) =>
    buffer.length >= fetches * limits.maxMessages || bufferedBytes >= fetches * limits.maxBytes;

  function end(why: string, cause?: unknown): void {
    if (ended) return;
    ended = new SubscriptionEnded(stream, why, cause);
    over.abort();
    messages.stop();
    arrived.nudge();
  }

  async function watch(): Promise<void> {
    for await (const { type } of messages.status()) if (BREAKS.has(type)) end(type);
  }

  async function pump(): Promise<void> {
    let delivered = 0;
    for await (const message of messages) {
      if (ended) return;
      if (message.info.deliverySequence !== ++delivered) return end('a delivery is missing');
      buffer.push(message);
      bufferedBytes += message.data.length;
      arrived.nudge();
      while (holds(2) && !ended) await room.wait(MAX_LULL_MS, over.signal);
    }
  }

  pump().then(
    () => end('the client ended it'),
    (error) => end(String(error), error),
  );
  watch().catch((error) => end(String(error), error));
  const onBreak = () => end('the connection broke');
  if (session.aborted) onBreak();
  else session.addEventListener('abort', onBreak, { once: true, signal: over.signal });

  return {
    async take(maxWaitMs, signal) {
      const untilMs = performance.now() + maxWaitMs;
      while (buffer.length === 0 && !ended && !signal.aborted && performance.now() < untilMs) {
        await arrived.wait(untilMs - performance.now(), signal);
        // What lies in the socket already belongs to the same fetch.
        await new Promise(setImmediate);
      }
      if (buffer.length === 0 && ended) throw ended;
      const taken = buffer.splice(0, countWithin(buffer, limits));
      for (const { data } of taken) bufferedBytes -= data.length;
      room.nudge();
      return taken;
    },
    async isFullBefore(settled) {
      const until = new AbortController();
      const give = () => until.abort();
      settled.then(give, give);
      while (!holds(1) && !ended && !until.signal.aborted) await arrived.wait(MAX_LULL_MS, until.signal);
      return holds(1);
    },
    close: () => end('closed'),
  };
}

/** How many of the first messages stay within the limits; at least one, if there is one. */
function countWithin(messages: readonly JsMsg[], limits: FetchLimits): number {
  let bytes = 0;
  const index = messages.findIndex((message, at) => {
    bytes += message.data.length;
    return at === limits.maxMessages || (at > 0 && bytes > limits.maxBytes);
  });
  return index < 0 ? messages.length : index;
}
