/** Elasticsearch: full, overloaded, emptied. */
import { setTimeout as sleep } from 'node:timers/promises';
import { refuseBulkItems } from '../bulkProxy.ts';
import type { Fault } from '../fault.ts';
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
  async inject(world) {
    const block = (value: boolean | null) =>
      call(world, 'PUT', `/${ALIAS}/_settings`, { 'index.blocks.read_only_allow_delete': value });
    await block(true);
    await sleep(10_000);
    return async () => void (await block(null));
  },
};

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
    for (const link of links) link.onRequest = () => tooMany;
    await sleep(10_000);
    return async () => {
      for (const link of links) link.onRequest = () => 'pass';
    };
  },
};

const deleted: Fault = {
  name: 'elasticsearch-index-deleted',
  what: 'the index of the read model is deleted',
  expect: 'made again by its definition, and filled from the first event',
  async inject(world) {
    const found = (await call(world, 'GET', `/${ALIAS}/_alias`)) as object;
    for (const index of Object.keys(found)) await call(world, 'DELETE', `/${index}`);
    return async () => undefined;
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
