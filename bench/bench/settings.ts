/** With what settings a system is measured: asked of what runs, not of what should have been told to it. */
import { readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { withClient } from '../../cli/servers/serviceDatabase.ts';
import { folderOf, type Layout } from '../../cli/start/layout.ts';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '../../cli/start/nodeFlags.ts';
import type { System } from '../../cli/start/system.ts';
import { openElasticsearch } from '../../platform/elasticsearch/client.ts';

const TIMEOUT_MS = 10_000;
/** Names and places: they make nothing faster. */
const PLACES = [
  'data_directory',
  'listen_addresses',
  'log_checkpoints',
  'log_timezone',
  'port',
  'timezone',
  'unix_socket_directories',
];

export async function settingsOf(
  urls: Pick<System['urls'], 'postgres' | 'elasticsearch'>,
  layout: Layout,
): Promise<Readonly<Record<string, string>>> {
  const [postgres, nats, elasticsearch] = await Promise.all([
    postgresSettings(urls.postgres),
    natsSettings(layout),
    elasticsearchSettings(urls.elasticsearch),
  ]);
  const environment = Object.entries(NODE_ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
  return {
    PostgreSQL: postgres,
    NATS: nats,
    Elasticsearch: elasticsearch,
    'each service': [...NODE_FLAGS, ...environment].join(' '),
  };
}

const postgresSettings = (url: string): Promise<string> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ told: string }>(
      `select name || '=' || current_setting(name) as told from pg_settings
        where source = 'command line' and lower(name) <> all ($1) order by name`,
      [PLACES],
    );
    return rows.map(({ told }) => told).join(' ');
  });

/** It tells them to nobody; those of its file that are about the disk. */
async function natsSettings(layout: Layout): Promise<string> {
  const text = await readFile(join(folderOf(layout, 'nats'), 'nats.conf'), 'utf8').catch(() => '');
  return /^\s*(sync_interval: \S+)/m.exec(text)?.[1] ?? 'as it was found';
}

async function elasticsearchSettings(url: string): Promise<string> {
  const es = openElasticsearch({ url, requestTimeoutMs: TIMEOUT_MS });
  try {
    const { nodes } = await es.nodes.info({ metric: ['jvm', 'settings'] });
    const told = Object.values(nodes).flatMap(({ jvm }) => jvm?.input_arguments ?? []);
    return told.filter((argument) => /^-X(m[sx]|X:[+-]?(Use|Tiered))/.test(argument)).join(' ');
  } finally {
    await es.close();
  }
}

/** By the numbers of Linux (statfs(2)). */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  801189825: 'zfs',
  2035054128: 'overlay',
};
const IN_MEMORY = [0x01021994, 0x858458f6];
const MEMORY = 'memory';

/** Where the servers keep their data. */
export async function fileSystemOf(folder: string): Promise<string> {
  const { type } = await statfs(folder);
  return FILE_SYSTEMS[type] ?? (IN_MEMORY.includes(type) ? MEMORY : `type 0x${type.toString(16)}`);
}

/** Throws if what is synced there costs nothing. */
export async function assertOnDisk(folder: string): Promise<void> {
  if ((await fileSystemOf(folder)) !== MEMORY) return;
  throw new Error(
    `${folder} is kept in memory, where syncing costs nothing: set TMPDIR to a folder on a disk`,
  );
}
