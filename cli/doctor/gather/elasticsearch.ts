/** The read model's cluster, its index, and how far the projector is. */
import {
  type Elasticsearch,
  isIndexMissing,
  openElasticsearch,
  statusOf,
} from '../../../platform/elasticsearch/client.ts';
import { ReadModelMissing, readCheckpoint } from '../../../platform/elasticsearch/readModel.ts';
import type { Watched } from '../../../platform/tls/watchedFiles.ts';
import { ordersIndex } from '../../../projector/orders/mapping.ts';
import type { ElasticsearchFacts, IndexFacts } from '../judge/elasticsearch.ts';
import { ASK_WITHIN_MS } from './ask.ts';

const DEFAULT_FLOOD_STAGE = '95%';

export async function elasticsearchFacts(url: string, ca?: Watched<Buffer>): Promise<ElasticsearchFacts> {
  const es = openElasticsearch({ url, ca, requestTimeoutMs: ASK_WITHIN_MS });
  try {
    const [health, { node, skewMs }, indices, checkpoint, floodStage] = await Promise.all([
      es.cluster.health(),
      nodeOf(es),
      indicesOf(es),
      checkpointOf(es),
      floodStageOf(es),
    ]);
    const info = await es.nodes.info({ node_id: '_local', filter_path: 'nodes.*.version' });
    const {
      free_in_bytes: _,
      available_in_bytes: freeBytes,
      total_in_bytes: totalBytes,
    } = node?.fs?.total ?? {};
    return {
      version: Object.values(info.nodes)[0]?.version ?? '',
      status: health.status.toLowerCase(),
      unassignedShards: health.unassigned_shards,
      skewMs,
      indices,
      alias: ordersIndex.alias,
      ...(freeBytes !== undefined && totalBytes !== undefined && { disk: { freeBytes, totalBytes } }),
      floodStage,
      ...(checkpoint && { checkpoint }),
    };
  } finally {
    await es.close();
  }
}

async function nodeOf(es: Elasticsearch) {
  const before = Date.now();
  const { nodes } = await es.nodes.stats({ node_id: '_local', metric: 'fs' });
  const [node] = Object.values(nodes);
  const askedAtMs = (before + Date.now()) / 2;
  return { node, skewMs: Number(node?.timestamp ?? askedAtMs) - askedAtMs };
}

async function indicesOf(es: Elasticsearch): Promise<readonly IndexFacts[]> {
  try {
    const found = await es.indices.getSettings({ index: ordersIndex.alias, flat_settings: true });
    return Object.entries(found).map(([name, { settings }]) => {
      const of = (key: string) => (settings as Readonly<Record<string, unknown>> | undefined)?.[key];
      const all = Object.entries(settings ?? {});
      return {
        name,
        durability: String(of('index.translog.durability') ?? 'request').toLowerCase(),
        refreshInterval: String(of('index.refresh_interval') ?? '1s'),
        blocks: all.flatMap(([key, value]) =>
          key.startsWith('index.blocks.') && String(value) === 'true'
            ? [key.slice('index.blocks.'.length)]
            : [],
        ),
      };
    });
  } catch (error) {
    if (statusOf(error) === 404) return [];
    throw error;
  }
}

async function checkpointOf(es: Elasticsearch): Promise<ElasticsearchFacts['checkpoint']> {
  try {
    const found = await readCheckpoint(es, ordersIndex.alias, { timeoutMs: ASK_WITHIN_MS });
    if (!found) return undefined;
    const { sequence, time } = found.checkpoint;
    return { sequence, ageMs: Date.now() - Date.parse(time) };
  } catch (error) {
    if (error instanceof ReadModelMissing || isIndexMissing(error)) return undefined;
    throw error;
  }
}

async function floodStageOf(es: Elasticsearch): Promise<string> {
  const { persistent, transient } = await es.cluster.getSettings({ flat_settings: true });
  const key = 'cluster.routing.allocation.disk.watermark.flood_stage';
  return String(transient[key] ?? persistent[key] ?? DEFAULT_FLOOD_STAGE);
}
