/** A relay that wakes up late and publishes what was published before, where it once was to go. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { ApiError, callApi } from '../../platform/log/api.ts';
import { connectLog, type LogConnection } from '../../platform/log/connection.ts';
import { type OutgoingMessage, type RawMessage, readMessage, toMessage } from '../../platform/log/headers.ts';
import { publishAfter } from '../../platform/log/publish.ts';
import { readRange } from '../../platform/log/readLog.ts';
import type { Fault } from '../fault.ts';

const STREAMS = ['ORDERS', 'CATALOG', 'PAYMENTS'] as const;
type Stream = (typeof STREAMS)[number];
const TRIES = 60;
/** So many messages before the end of the log, at most. */
const BACK = 19;
/** Enough to go as one batch. */
const MANY = 25;
const CONNECT_WITHIN_MS = 10_000;
/** Of the server: with the sequence, and where others are on their way. */
const WRONG_LAST_SEQUENCE = [10071, 10164];

const stale: Fault = {
  name: 'stale-publisher',
  what: `what is in the log is published again, as our relay does it, behind the sequence it once followed, ${TRIES} times a stream, one by one and as batches`,
  expect: 'each is refused by the server, and our relay is told so: the log has every event once',
  async inject({ system }) {
    const log = await connectLog({
      url: system.urls.nats,
      name: 'chaos',
      logger: pino({ level: 'silent' }),
      signal: AbortSignal.timeout(CONNECT_WITHIN_MS),
    });
    try {
      for (let n = 0; n < TRIES; n++) {
        for (const stream of STREAMS) await publishAgain(log, stream, n % BACK, n % 2 === 0 ? 1 : MANY);
        await sleep(100);
      }
    } finally {
      await log.close();
    }
    return async () => undefined;
  },
};

interface Info {
  readonly state: { readonly first_seq: number; readonly last_seq: number };
}

/** Throws unless it is refused. */
async function publishAgain(log: LogConnection, stream: Stream, back: number, count: number): Promise<void> {
  const { state } = await callApi<Info>(log, `STREAM.INFO.${stream}`, {});
  const last = Math.max(state.first_seq, state.last_seq - back);
  const first = Math.max(state.first_seq, last - count + 1);
  const messages: OutgoingMessage[] = [];
  for await (const chunk of readRange(log, stream, first, last)) messages.push(...chunk.map(asPublished));
  const refusal = await publishAfter(log, stream, first - 1, messages).then(
    () => undefined,
    (error: Error) => error,
  );
  // What a batch is refused for is told by the message that ends it.
  const isRefused =
    refusal instanceof ApiError && (messages.length > 1 || WRONG_LAST_SEQUENCE.includes(refusal.code));
  if (isRefused) return;
  const what = `${messages.length} messages of ${stream} from ${first} on`;
  throw new Error(`${what} were not refused as stale: ${refusal?.message ?? 'they were accepted'}`);
}

/** As the relay has made it. */
function asPublished(raw: RawMessage): OutgoingMessage {
  const message = readMessage(raw);
  const { prev, epoch } = message;
  const [subjectPrefix = ''] = raw.subject.split('.');
  return toMessage(message, { subjectPrefix, source: raw.headers?.get('ce-source') ?? '', prev, epoch });
}

export const publisherFaults: readonly Fault[] = [stale];
