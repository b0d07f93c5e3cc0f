/** Who waits for an order in the read model is told when the projector says that it has written it (platform/projected.ts). */
import type { NatsConnection } from '@nats-io/nats-core';
import { decodeProjected, projectedSubject } from '../../platform/projected.ts';
import type { WantedVersion } from './wantedVersion.ts';

export interface Arrivals {
  /** Whether anything is heard at all. */
  isHeard(): boolean;
  /** `tell` is called whenever that version or a later one was written. Returns how to stop. */
  expect(wanted: WantedVersion, tell: () => void): () => void;
}

interface Expectation {
  readonly version: number;
  readonly tell: () => void;
}

/** `connection` may be long in coming: until then nothing is heard. */
export function createArrivals(
  projection: string,
  connection: Promise<{ readonly nats: Pick<NatsConnection, 'subscribe'>; session(): AbortSignal }>,
): Arrivals {
  const expected = new Map<string, Set<Expectation>>();
  let isHeard = () => false;
  connection.then(
    ({ nats, session }) => {
      nats.subscribe(projectedSubject(projection), {
        callback(error, message) {
          if (error) {
            // Most likely it is not allowed: the server's users are older than this.
            isHeard = () => false;
            return;
          }
          for (const { orderId, version } of decodeProjected(message.string()))
            for (const each of expected.get(orderId) ?? []) if (version >= each.version) each.tell();
        },
      });
      isHeard = () => !session().aborted;
    },
    // Whoever needs it is told.
    () => undefined,
  );
  return {
    isHeard: () => isHeard(),
    expect({ orderId, version }, tell) {
      const expectation = { version, tell };
      const all = expected.get(orderId) ?? new Set();
      expected.set(orderId, all.add(expectation));
      return () => {
        all.delete(expectation);
        if (all.size === 0) expected.delete(orderId);
      };
    },
  };
}
