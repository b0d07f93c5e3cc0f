/** Answers that are lost on their way although the work was done. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isAck } from '../../platform/tcpProxy.testing.ts';
import type { Fault } from '../fault.ts';
import type { Server } from '../links.ts';
import { type World, WRITERS } from '../world.ts';

const LASTS_MS = 8_000;
const STREAMS = { order: 'ORDERS', catalog: 'CATALOG', payment: 'PAYMENTS' } as const;

/** Cuts every `every`th reply that `isIt` says is the answer in question. */
function loseReplies(
  world: World,
  server: Server,
  every: number,
  isIt: (service: (typeof WRITERS)[number], bytes: Buffer) => boolean,
): () => number {
  let seen = 0;
  let lost = 0;
  const links = WRITERS.filter((service) => server !== 'sandbox' || service === 'payment').map(
    (service) => [service, world.link(service, server)] as const,
  );
  for (const [service, link] of links) {
    link.onReply = (bytes) => {
      if (!isIt(service, bytes) || ++seen % every !== 0) return 'pass';
      lost += 1;
      return 'cut';
    };
  }
  return () => {
    for (const [, link] of links) link.onReply = () => 'pass';
    return lost;
  };
}

type Losing = Omit<Fault, 'inject'> & { readonly lose: (world: World) => () => number };

const losing = ({ lose, ...fault }: Losing): Fault => ({
  ...fault,
  what: `${fault.what}, for ${LASTS_MS / 1_000} s`,
  async inject(world) {
    const stop = lose(world);
    await sleep(LASTS_MS);
    return async () => {
      if (stop() === 0) throw new Error('no answer was lost');
    };
  },
});

/** Of what the projector wrote. */
function loseBulkAnswers(world: World): () => number {
  const link = world.link('projector', 'elasticsearch');
  let seen = 0;
  let lost = 0;
  link.onReply = (bytes) => {
    if (!bytes.includes('"items":[') || ++seen % 3 !== 0) return 'pass';
    lost += 1;
    return 'cut';
  };
  return () => {
    link.onReply = () => 'pass';
    return lost;
  };
}

const commitTag = Buffer.from('COMMIT\0');

export const lostAnswers: readonly Fault[] = [
  losing({
    name: 'lost-acknowledgements',
    what: 'every third acknowledgement of nats to a relay is lost, and the connection with it',
    expect: 'the relay reads the log again, finds what it published, and publishes nothing twice',
    short: true,
    lose: (world) => loseReplies(world, 'nats', 3, (service, bytes) => isAck(STREAMS[service], bytes)),
  }),
  losing({
    name: 'lost-commit-answers',
    what: 'every tenth answer of PostgreSQL to COMMIT is lost, and the connection with it',
    expect: 'unknown, not failed: the same batch is tried again, and its records tell what happened',
    short: true,
    lose: (world) => loseReplies(world, 'postgres', 10, (_, bytes) => bytes.includes(commitTag)),
  }),
  losing({
    name: 'lost-charges',
    what: 'the provider charges, and two of three answers are lost with their connections',
    expect: 'the charge is asked for again under the same key; one charge an order',
    short: true,
    lose(world) {
      let seen = 0;
      return loseReplies(world, 'sandbox', 1, () => ++seen % 3 !== 0);
    },
  }),
  losing({
    name: 'lost-bulk-answers',
    what: 'every third answer of Elasticsearch to a bulk request of the projector is lost',
    expect: 'the same is written again under the same versions: a conflict counts as done once it is read',
    lose: loseBulkAnswers,
  }),
];
