/** Somebody who publishes what was published before, as a relay that wakes up late would. */
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { natsServers } from '../../platform/log/natsServers.ts';
import type { Fault } from '../fault.ts';

const STREAMS = ['ORDERS', 'CATALOG', 'PAYMENTS'] as const;
const TRIES = 60;

const stale: Fault = {
  name: 'stale-publisher',
  what: `messages of the log are published again behind the sequence they once followed, ${TRIES} times a stream`,
  expect: 'each is refused by the server: the log has every event once',
  async inject({ system }) {
    const connection = await connect(natsServers(system.urls.nats));
    let accepted = 0;
    try {
      const manager = await jetstreamManager(connection);
      for (let n = 0; n < TRIES; n++) {
        for (const stream of STREAMS) {
          const { state } = await manager.streams.info(stream);
          const seq = Math.max(1, state.last_seq - (n % 20));
          const message = await manager.streams.getMessage(stream, { seq });
          if (!message) throw new Error(`message ${seq} of ${stream} is not there`);
          // Alone, not as a part of the batch that it came in.
          for (const name of message.header.keys()) {
            if (name.startsWith('Nats-Batch-')) message.header.delete(name);
          }
          message.header.set('Nats-Expected-Last-Sequence', String(seq - 1));
          const answer = await connection.request(message.subject, message.data, {
            headers: message.header,
            timeout: 5_000,
          });
          if (answer.json<{ error?: object }>().error === undefined) accepted += 1;
        }
        await sleep(100);
      }
    } finally {
      await connection.close();
    }
    if (accepted > 0) throw new Error(`${accepted} were accepted`);
    return async () => undefined;
  },
};

export const publisherFaults: readonly Fault[] = [stale];
