/** How often each event stands in the log. Read on from where the last look ended: it only grows. */
import { pino } from 'pino';
import { connectLog } from '../../platform/log/connection.ts';
import { readMessage } from '../../platform/log/headers.ts';
import { readRange } from '../../platform/log/readLog.ts';
import { streamIdentity } from '../../platform/log/stream.ts';

export type StreamName = 'ORDERS' | 'CATALOG' | 'PAYMENTS';

export interface LogView {
  /** The versions of an aggregate, in the order of the log. */
  versionsOf(stream: StreamName, streamId: string): Promise<readonly number[]>;
  close(): Promise<void>;
}

const CONNECT_WITHIN_MS = 30_000;

export async function openLogView(url: string): Promise<LogView> {
  const log = await connectLog({
    url,
    name: 'e2e',
    logger: pino({ level: 'silent' }),
    signal: AbortSignal.timeout(CONNECT_WITHIN_MS),
  });
  const open = (name: StreamName) => {
    const versions = new Map<string, number[]>();
    let read = 0;
    let reading: Promise<void> | undefined;
    const spec = { name, subjectPrefix: name.toLowerCase(), maxBytes: 1, replicas: 1 };
    async function readOn(): Promise<void> {
      const { lastSequence = 0 } = (await streamIdentity(log, spec)) ?? {};
      for await (const chunk of readRange(log, name, read + 1, lastSequence)) {
        for (const { streamId, version, sequence } of chunk.map(readMessage)) {
          versions.set(streamId, [...(versions.get(streamId) ?? []), version]);
          read = sequence;
        }
      }
    }
    return async (streamId: string) => {
      reading ??= readOn().finally(() => {
        reading = undefined;
      });
      await reading;
      return versions.get(streamId) ?? [];
    };
  };
  const streams = { ORDERS: open('ORDERS'), CATALOG: open('CATALOG'), PAYMENTS: open('PAYMENTS') };
  return {
    versionsOf: (stream, streamId) => streams[stream](streamId),
    close: () => log.close(),
  };
}
