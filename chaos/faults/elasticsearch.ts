/** Elasticsearch: full, overloaded, emptied. */
import { setTimeout as sleep } from 'node:timers/promises';
import { refuseBulkItems } from '../bulkProxy.ts';
import type { Fault } from '../fault.ts';
import { endOfOrders } from '../looks.ts';
import { readModelBehind } from '../quiet.ts';
import { until } from '../until.ts';
import type { World } from '../world.ts';

const ALIAS = 'orders';

async function call(world: World, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(new URL(path, world.system.urls.elasticsearch), {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: HTTP ${response.status}`);
  return response.json();
}

const readOnly: Fault = {
  name: 'elasticsearch-flood-stage',
  what: 'the index is made read-only, as by the flood stage of a full disk, for 10 s',
  expect: 'the projector waits and skips nothing; commands are unaffected',
  async inject(world, load) {
    const block = (value: boolean | null) =>
      call(world, 'PUT', `/${ALIAS}/_settings`, { 'index.blocks.read_only_allow_delete': value });
    const before = load.acknowledged;
    let wasBehind = false;
    // Elasticsearch, which finds room on the disk, may take the block away at any time.
    for (let round = 0; round < 5; round++) {
      await block(true);
      const end = await endOfOrders(world);
      await sleep(2_000);
      wasBehind ||= (await readModelBehind(world, end)) !== undefined;
    }
    const accepted = load.acknowledged - before;
    return async () => {
      await block(null);
      if (!wasBehind) throw new Error('the read model was written all the same');
      if (accepted === 0) throw new Error('no order was accepted meanwhile');
    };
  },
};

const UNAVAILABLE = 503;
const tooMany = Buffer.from(
  'HTTP/1.1 429 Too Many Requests\r\nx-elastic-product: Elasticsearch\r\ncontent-type: application/json\r\n' +
    'content-length: 2\r\nconnection: close\r\n\r\n{}',
);

const overloaded: Fault = {
  name: 'elasticsearch-429',
  what: 'Elasticsearch answers 429 to every request of projector and gateway for 10 s',
  expect: 'the projector repeats and skips nothing; reads say that they cannot be answered',
  async inject(world) {
    const links = world.links('elasticsearch');
    const toProjector = world.link('projector', 'elasticsearch');
    let refused = 0;
    for (const link of links) {
      link.onRequest = () => {
        if (link === toProjector) refused += 1;
        return tooMany;
      };
    }
    await sleep(10_000);
    const { status } = await fetch(`http://${world.system.addresses.http}/v1/orders?customer_id=chaos-1`);
    return async () => {
      for (const link of links) link.onRequest = () => 'pass';
      if (refused === 0) throw new Error('the projector asked for nothing meanwhile');
      if (status !== UNAVAILABLE) throw new Error(`a search was answered with status ${status}`);
    };
  },
};

/** Before anybody looks for it. */
const DELETED_MS = 2_000;

const deleted: Fault = {
  name: 'elasticsearch-index-deleted',
  what: 'the index of the read model is deleted',
  expect: 'made again by its definition, and filled from the first event',
  async inject(world) {
    const found = (await call(world, 'GET', `/${ALIAS}/_alias`)) as object;
    for (const index of Object.keys(found)) await call(world, 'DELETE', `/${index}`);
    const isThere = () =>
      call(world, 'GET', `/${ALIAS}/_alias`).then(
        () => true,
        () => false,
      );
    await sleep(DELETED_MS);
    return () => until('the index is there again', isThere);
  },
};

const refusing: Fault = {
  name: 'elasticsearch-refuses-items',
  what: 'every third item of every bulk request is refused with 429, for 10 s',
  expect: 'only those are tried again; none is skipped, none is written over',
  async inject(world) {
    const link = world.link('projector', 'elasticsearch');
    const proxy = await refuseBulkItems(world.system.urls.elasticsearch, 3);
    const { target } = link;
    const turn = (port: number) => {
      link.target = port;
      link.breakAll();
    };
    turn(proxy.port);
    await sleep(10_000);
    return async () => {
      turn(target);
      proxy.close();
      if (proxy.refused() === 0) throw new Error('no item was refused');
    };
  },
};

export const elasticsearchFaults: readonly Fault[] = [readOnly, overloaded, refusing, deleted];
