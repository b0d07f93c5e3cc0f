/** The read model: it can be made anew from the log at any time, so that little here is worse than stale reads. */
import { type Asked, type Finding, findingsOf, isReached } from '../finding.ts';
import { judgeClock, sizeText } from './limits.ts';
import { isAtLeast } from './version.ts';

export interface ElasticsearchFacts {
  readonly version: string;
  readonly status: string;
  readonly unassignedShards: number;
  readonly skewMs: number;
  /** Indices behind the alias. */
  readonly indices: readonly IndexFacts[];
  readonly alias: string;
  readonly disk?: { readonly freeBytes: number; readonly totalBytes: number };
  /** Where it refuses writes, as it is set, such as `95%`. */
  readonly floodStage: string;
  /** Unset: nothing was projected yet. */
  readonly checkpoint?: { readonly sequence: number; readonly ageMs: number };
  /** Of ORDERS; unset: nobody could ask. */
  readonly logSequence?: number;
}

export interface IndexFacts {
  readonly name: string;
  /** `request` or `async`. */
  readonly durability: string;
  readonly refreshInterval: string;
  /** Blocks on writes. */
  readonly blocks: readonly string[];
}

const OLDEST = [8, 19];
const LAG_WARN_EVENTS = 1_000;
const SILENT_WARN_MS = 10_000;
const DISK_WARN = 0.15;

export function judgeElasticsearch(asked: Asked<ElasticsearchFacts>): readonly Finding[] {
  const of = findingsOf('elasticsearch');
  if (!isReached(asked)) {
    const advice =
      'start Elasticsearch, or check its address: orders go on, single reads come from the Order service, searches wait for it';
    return [of.fail('reachable', asked.unreachable, advice)];
  }
  const { facts } = asked;
  return [
    isAtLeast(facts.version, OLDEST)
      ? of.ok('version', `Elasticsearch ${facts.version}`)
      : of.fail('version', `Elasticsearch ${facts.version}`, 'upgrade to Elasticsearch 8.19 or newer'),
    judgeHealth(facts),
    judgeAlias(facts),
    ...facts.indices.flatMap(judgeIndex),
    ...judgeDisk(facts),
    judgeClock(of, facts.skewMs),
    judgeProjector(facts),
  ];
}

function judgeHealth({ status, unassignedShards }: ElasticsearchFacts): Finding {
  const of = findingsOf('elasticsearch');
  if (status === 'green') return of.ok('health', status);
  const found = `${status}, ${unassignedShards} shard(s) unassigned`;
  return status === 'yellow'
    ? of.warn('health', found, 'add a node, so that each shard has a copy; reads work')
    : of.fail(
        'health',
        found,
        'GET _cluster/allocation/explain says why; the read model can be made anew: orderlog rebuild orders',
      );
}

function judgeAlias({ alias, indices }: ElasticsearchFacts): Finding {
  const of = findingsOf('elasticsearch');
  const names = indices.map(({ name }) => name).join(', ');
  if (indices.length === 1) return of.ok('alias', `${alias} -> ${names}`);
  return indices.length === 0
    ? of.fail(
        'alias',
        `no index behind ${alias}`,
        'start the projector: it makes one, and fills it from the log',
      )
    : of.fail('alias', `${alias} -> ${names}`, 'leave one index behind it: reads would mix them');
}

function judgeIndex({ name, durability, refreshInterval, blocks }: IndexFacts): readonly Finding[] {
  const of = findingsOf('elasticsearch');
  return [
    durability === 'request'
      ? of.ok('translog', `${name}: durability request`)
      : of.fail(
          'translog',
          `${name}: durability ${durability}`,
          `set index.translog.durability to request on ${name}: what was answered could be lost, and the checkpoint with it`,
        ),
    refreshInterval === '-1'
      ? of.warn(
          'refresh',
          `${name}: never`,
          `set index.refresh_interval of ${name} to 1s: searches do not see what is written`,
        )
      : of.ok('refresh', `${name}: ${refreshInterval}`),
    blocks.length === 0
      ? of.ok('blocks', `${name}: none`)
      : of.fail(
          'blocks',
          `${name}: ${blocks.join(', ')}`,
          'make room on its disk; below the high watermark the block goes away by itself',
        ),
  ];
}

function judgeDisk({ disk, floodStage }: ElasticsearchFacts): readonly Finding[] {
  if (!disk) return [];
  const of = findingsOf('elasticsearch');
  const found = `${sizeText(disk.freeBytes)} of ${sizeText(disk.totalBytes)} free, read only from ${floodStage}`;
  return [
    disk.freeBytes / disk.totalBytes > DISK_WARN
      ? of.ok('disk', found)
      : of.warn(
          'disk',
          found,
          'make room: below its watermarks it takes no new shards, then no writes, and reads grow stale',
        ),
  ];
}

function judgeProjector({ checkpoint, logSequence }: ElasticsearchFacts): Finding {
  const of = findingsOf('projector');
  if (!checkpoint) return of.fail('checkpoint', 'it has not begun', 'start the projector');
  const { sequence, ageMs } = checkpoint;
  if (ageMs >= SILENT_WARN_MS) {
    const found = `at ${sequence}, silent for ${Math.round(ageMs / 1_000)} s`;
    return of.fail('checkpoint', found, 'start the projector, or see its log: reads grow stale');
  }
  if (logSequence === undefined) return of.ok('checkpoint', `at ${sequence}`);
  const lag = Math.max(0, logSequence - sequence);
  const found = lag === 0 ? `at the end, ${sequence}` : `${lag} events behind the log`;
  return lag >= LAG_WARN_EVENTS
    ? of.warn('checkpoint', found, 'wait while it catches up; if it does not, see its log')
    : of.ok('checkpoint', found);
}
