/**
 * Where watermarks are kept: a NATS key-value bucket, a key a stream, the newest value only. It is made when it is missing;
 * losing it loses nothing, since every relay puts its watermark again within a second or two.
 */
import { jetstream } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { LogConnection } from './connection.ts';
import { during } from './during.ts';
import { decodeWatermark, encodeWatermark, type Watermark } from './watermark.ts';

export const WATERMARK_BUCKET = 'orderlog_watermarks';
const MAX_BYTES = 1024 ** 2;
const TIMEOUT_MS = 2_000;

/** Its functions throw what the client throws, SessionEnded if there is no connection, or as soon as it breaks. */
export interface WatermarkBucket {
  put(stream: string, watermark: Watermark): Promise<void>;
  /** undefined: there is none. */
  get(stream: string): Promise<Watermark | undefined>;
}

export function watermarkBucket({ nats, session }: LogConnection, replicas: number): WatermarkBucket {
  let opened: KV | undefined;
  const open = (): Promise<KV> => {
    // Without a look at the account, which is none of a service's business (cli/servers/natsUsers.ts).
    const js = jetstream(nats, { timeout: TIMEOUT_MS, checkAPI: false });
    return new Kvm(js).create(WATERMARK_BUCKET, {
      description: 'Up to which time nothing of a stream is still on its way',
      history: 1,
      max_bytes: MAX_BYTES,
      replicas,
    });
  };
  async function withBucket<T>(use: (bucket: KV) => Promise<T>): Promise<T> {
    const current = session();
    try {
      const bucket = opened ?? (await during(current, open));
      opened = bucket;
      return await during(current, () => use(bucket));
    } catch (error) {
      // It may be gone: the next one looks, and makes it again.
      opened = undefined;
      throw error;
    }
  }
  return {
    put: (stream, watermark) =>
      withBucket(async (bucket) => {
        await bucket.put(stream, encodeWatermark(watermark), { timeout: TIMEOUT_MS });
      }),
    get: (stream) =>
      withBucket(async (bucket) => {
        const entry = await bucket.get(stream);
        return entry?.operation === 'PUT' ? decodeWatermark(entry.string()) : undefined;
      }),
  };
}
