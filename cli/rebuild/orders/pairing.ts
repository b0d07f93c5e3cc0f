/** Documents of two indices at equal versions, while both go on being written. */
import type { Elasticsearch } from '../../../platform/elasticsearch/client.ts';
import { type DocumentHead, readCheckpoint } from '../../../platform/elasticsearch/readModel.ts';
import { pause } from '../../../platform/wait.ts';
import type { Item, Tally } from '../comparison.ts';
import type { CompareOptions } from '../store.ts';

export interface ComparedIndex {
  readonly index: string;
  readonly fields: ReadonlySet<string>;
}

type Document = DocumentHead & Readonly<Record<string, unknown>>;

const TIMEOUT_MS = 10_000;
const AGAIN_MS = 100;
const PAGE = 500;
/** In memory at once. */
const MAX_MOVING = 20 * PAGE;
/** For all documents of a comparison together: afterwards what still differs does. */
const PATIENCE_MS = 15_000;

export function createPairing(
  es: Elasticsearch,
  [before, after]: readonly [ComparedIndex, ComparedIndex],
  tally: Tally,
  { versionsOnly, isAtRest, signal }: CompareOptions,
) {
  let patienceMs = isAtRest ? 0 : PATIENCE_MS;
  const common = new Set([...before.fields].filter((field) => after.fields.has(field)));
  const settled = (old: Item | undefined, now: Item | undefined) => {
    if (!old || old.version !== now?.version) return false;
    if (!versionsOnly) tally.pair(old, now);
    return true;
  };
  const readBoth = (ids: readonly string[]) =>
    Promise.all([before, after].map(({ index }) => readItems(es, index, ids, common)));

  /**
   * Reads both again until they are at one version; returns those that do not get there: nothing about them has moved, and
   * each of the two has read all of the log that either of them had.
   */
  async function untilEqual(ids: readonly string[]): Promise<readonly string[]> {
    const versions = new Map<string, string>();
    let wanted: number | undefined;
    for (let open = ids; ; ) {
      const read = await Promise.all([before, after].map(({ index }) => sequenceOf(es, index)));
      const haveRead = wanted !== undefined && Math.min(...read) >= wanted;
      wanted ??= Math.max(...read);
      const [old, now] = await readBoth(open);
      open = open.filter((id) => !settled(old?.get(id), now?.get(id)));
      let moved = false;
      for (const id of open) {
        const pair = `${old?.get(id)?.version} ${now?.get(id)?.version}`;
        moved ||= versions.get(id) !== pair;
        versions.set(id, pair);
      }
      if (open.length === 0 || patienceMs <= 0 || signal.aborted || (haveRead && !moved)) return open;
      await pause(AGAIN_MS, signal);
      patienceMs -= AGAIN_MS;
    }
  }

  async function judge(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const read = await sequenceOf(es, before.index);
    const [old, now] = await readBoth(ids);
    for (const id of ids) {
      const [a, b] = [old?.get(id), now?.get(id)];
      const isNewer = (b?.sequence ?? 0) > read;
      if (settled(a, b)) continue;
      if (!b) tally.differ('missing', id);
      else if (isNewer && b.version > (a?.version ?? 0)) tally.newer();
      else if (!a) tally.differ('extra', id);
      else tally.differ(b.version < a.version ? 'behind' : 'ahead', id, versionsOf(a, b));
    }
  }

  /** Not at one version when they were read: one of the two is behind there. */
  let moving: string[] = [];
  async function keep(ids: readonly string[]): Promise<void> {
    moving.push(...ids);
    if (moving.length >= MAX_MOVING) await finish();
  }
  async function finish(): Promise<void> {
    const ids = moving;
    moving = [];
    for (let from = 0; from < ids.length; from += PAGE) {
      await judge(await untilEqual(ids.slice(from, from + PAGE)));
    }
  }

  return {
    async compare(ids: readonly string[]) {
      const [old, now] = await readBoth(ids);
      await keep(ids.filter((id) => !settled(old?.get(id), now?.get(id))));
    },
    /** Those that only the second has. */
    async findExtra(ids: readonly string[]) {
      const { docs } = await es.mget({ index: before.index, ids: [...ids], _source: false });
      await keep(docs.flatMap((item) => ('found' in item && item.found ? [] : item._id)));
    },
    /** To be called after all of them: waits once for what moved while it was read, instead of at each page. */
    finish,
  };
}

const versionsOf = (before: Item, after: Item) => ({
  version: `${after.version}, instead of ${before.version}`,
});

async function sequenceOf(es: Elasticsearch, index: string): Promise<number> {
  return (await readCheckpoint(es, index, { timeoutMs: TIMEOUT_MS }))?.checkpoint.sequence ?? 0;
}

type FoundItem = Item & { readonly sequence: number };

/** Realtime; what is not there is left out. */
async function readItems(
  es: Elasticsearch,
  index: string,
  ids: readonly string[],
  fields: ReadonlySet<string>,
): Promise<Map<string, FoundItem>> {
  if (ids.length === 0) return new Map();
  const { docs } = await es.mget<Document>({ index, ids: [...ids] });
  const items = docs.flatMap((item): [string, FoundItem][] => {
    if ('error' in item) throw new Error(`a document of ${index} cannot be read: ${item.error.reason ?? ''}`);
    if (!item._source) return [];
    const { kind: _kind, version, sequence, ...rest } = item._source;
    const content = Object.fromEntries(Object.entries(rest).filter(([field]) => fields.has(field)));
    return [[item._id, { id: item._id, version, sequence, content }]];
  });
  return new Map(items);
}
