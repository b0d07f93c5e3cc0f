/**
 * The order read model's generations: indices. What each of them is, aliases say (projector/engine/writtenIndex.ts), and moving
 * readers to the next one is one change of aliases, which Elasticsearch makes as a whole.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { pino } from 'pino';
import { endOf } from '../../../platform/consume/logPlace.ts';
import { type Elasticsearch, isConflict } from '../../../platform/elasticsearch/client.ts';
import { ReadModelMissing, readCheckpoint } from '../../../platform/elasticsearch/readModel.ts';
import type { AnyEvent } from '../../../platform/events.ts';
import type { LogConnection } from '../../../platform/log/connection.ts';
import { cancelSwitch, setWriteBlock } from '../../../projector/engine/abandonedSwitch.ts';
import { documentTarget } from '../../../projector/engine/documentTarget.ts';
import { openFeed } from '../../../projector/engine/feed.ts';
import { createIndex } from '../../../projector/engine/index.ts';
import type { DocumentProjection } from '../../../projector/engine/projection.ts';
import { readLock, writeLock } from '../../../projector/engine/rebuildLock.ts';
import {
  aliasesOf,
  findIndex,
  shapeOf,
  switchMark,
  writtenBy,
} from '../../../projector/engine/writtenIndex.ts';
import { LockTaken, leaseLost } from '../lease.ts';
import type { Generation, RebuildStore } from '../store.ts';
import { compareIndices } from './compare.ts';
import { swapIndices } from './swap.ts';

const TIMEOUT_MS = 10_000;
const FIT_WITHIN = '60s';

export function indexStore<S, D extends object, E extends AnyEvent>(
  es: Elasticsearch,
  connection: LogConnection,
  projection: DocumentProjection<S, D, E>,
): RebuildStore {
  const { index: definition, stream } = projection;
  const aliases = aliasesOf(definition.alias);
  const shape = shapeOf(definition);
  const logger = pino({ level: 'silent' });
  const writer = `${hostname()}/rebuild-${randomUUID()}`;
  const named = async (id: string) => {
    const found = await findIndex(es, id);
    if (!found) throw new ReadModelMissing(id);
    return found;
  };
  const lockNow = async () => (await readLock(es, definition.alias))?.lock;
  async function release({ id }: Pick<Generation, 'id'>, run: string): Promise<boolean> {
    // What another run does not know to be held, nobody else would let go.
    const isOurs = async () => {
      const lock = await lockNow();
      return lock?.run === run || lock?.blocked !== id;
    };
    if (!(await isOurs())) throw leaseLost(definition.alias);
    return cancelSwitch(es, definition.alias, id, isOurs);
  }
  return {
    name: definition.alias,
    stream,
    shape,
    locks: {
      read: () => readLock(es, definition.alias),
      write: (lock, before) =>
        writeLock(es, definition.alias, lock, before).catch((error) => {
          throw isConflict(error) ? new LockTaken() : error;
        }),
      free: (blocked, run) => release({ id: blocked }, run),
    },
    async find(standing) {
      const found = await findIndex(es, aliases[standing]);
      return found && { id: found.index, isOfThisVersion: found.shape === shape };
    },
    async create(): Promise<Generation> {
      const index = `${definition.alias}-v${definition.version}-${timeStamp(new Date())}`;
      // Nobody searches it yet.
      const settings = { ...definition.settings, refresh_interval: '-1' };
      await createIndex(es, { ...definition, settings }, { index, alias: aliases.next });
      return { id: index, isOfThisVersion: true };
    },
    async drop({ id }) {
      const { next, previous } = aliases;
      const standing = (await named(id)).aliases.find((each) => each === next || each === previous);
      if (standing === undefined) throw leaseLost(definition.alias);
      // Whoever lets readers go over to it takes that away as well: one of the two fails.
      await es.indices.deleteAlias({ index: id, name: standing });
      try {
        await es.indices.delete({ index: id });
      } catch (error) {
        // It is found by that again (a snapshot that is being made keeps an index).
        await es.indices.putAlias({ index: id, name: standing }).catch(() => undefined);
        throw error;
      }
    },
    async liveState() {
      const found = await readCheckpoint(es, aliases.live, { timeoutMs: TIMEOUT_MS });
      if (!found) return undefined;
      const { sequence, writer, time, shape: writerShape } = found.checkpoint;
      return { sequence, beat: `${writer} ${time} ${sequence}`, shape: writerShape };
    },
    openFeed({ id }, options) {
      const index = async () => writtenBy(definition, await named(id));
      const target = documentTarget(projection, { es, logger, writer, index });
      return openFeed({ connection, logger, ...options }, { projection, target });
    },
    compare: async (before, after, options) =>
      compareIndices(es, await named(before.id), await named(after.id), options),
    reopen: ({ id }) => setWriteBlock(es, id, false),
    async prepare({ id }, run) {
      const { refresh_interval } = definition.settings;
      await es.indices.putSettings({ index: id, settings: { refresh_interval } });
      const fit = { wait_for_status: 'yellow', wait_for_no_initializing_shards: true } as const;
      await es.cluster.health({ index: id, ...fit, timeout: FIT_WITHIN }, { requestTimeout: 2 * 60_000 });
      await es.indices.refresh({ index: id });
      await es.indices.putAlias({ index: id, name: switchMark(definition.alias, run) });
    },
    async hold(live, run) {
      if ((await lockNow())?.run !== run) throw leaseLost(definition.alias);
      await setWriteBlock(es, live.id, true);
      // Whatever is in it was in the log before, beyond its checkpoint too, which is written after the documents.
      return endOf(connection, stream);
    },
    release,
    swap: (live, next, run) => swapIndices(es, definition.alias, { live: live.id, next: next.id, run }),
  };
}

/** As a part of an index's name: 20260105-101500. */
const timeStamp = (time: Date): string =>
  time
    .toISOString()
    .replace(/[-:]|\..*$/g, '')
    .replace('T', '-');
