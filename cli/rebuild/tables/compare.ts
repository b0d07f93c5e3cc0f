/**
 * Two generations of tables in one snapshot, in which each of them is whole: its states are those of the log up to its
 * checkpoint, and its sums are those over its states. States are compared where both have the same version. Sums of the two are
 * then held against one another, with what the other states contribute taken off and added. Of generations of two shapes, what
 * both have is compared.
 */
import { sql } from 'kysely';
import { type Database, inSnapshot, type Tx } from '../../../platform/database.ts';
import type { AnyEvent } from '../../../platform/events.ts';
import type { SumProjection } from '../../../projector/tables/projection.ts';
import { createTally as createSums, type Tally as Sums } from '../../../projector/tables/sums.ts';
import { type Comparison, createTally, type Tally } from '../comparison.ts';
import type { CompareOptions } from '../store.ts';
import { compareSums } from './compareSums.ts';
import { sumColumnsOf } from './sumColumns.ts';

interface Row {
  stream_id: string;
  version: number;
  sequence: bigint;
  state: object;
}

interface Side {
  readonly schema: string;
  readonly shape: string;
  /** Up to where the log is in it. */
  readonly sequence: number;
}

const PAGE = 1_000;

export async function compareTables<S, E extends AnyEvent>(
  db: Database,
  projection: SumProjection<S, E>,
  schemas: readonly [string, string],
  options: CompareOptions,
): Promise<Comparison> {
  return inSnapshot(db, async (tx) => {
    const [before, after] = [await sideOf(tx, schemas[0]), await sideOf(tx, schemas[1])];
    const tally = createTally();
    // What the sums of the second have beside those of the first.
    const sums = createSums();
    const pairs = createPairs(projection, before, after, tally, sums, options);
    const counts = { before: await countOf(tx, before), after: await countOf(tx, after) };
    // Sums are compared as a whole: all that only one of the two has read is part of what they have beside each other.
    const since = Math.min(options.since, before.sequence, after.sequence);
    let done = 0;
    for (let from = ''; ; ) {
      options.signal.throwIfAborted();
      const page = await pageFrom(tx, [before, after], from, since);
      if (page.ids.length === 0) break;
      for (const id of page.ids) pairs.take(id, page.before.get(id), page.after.get(id));
      done += page.ids.length;
      options.onProgress(done, Math.max(counts.before, counts.after));
      from = page.ids.at(-1) ?? '';
    }
    if (options.versionsOnly) return tally.result({ ...counts, notCompared: [] });
    const [old, now] = [await sumColumnsOf(tx, before.schema), await sumColumnsOf(tx, after.schema)];
    if (!pairs.areSumsKnown()) return tally.result({ ...counts, notCompared: [...old.union(now)] });
    await compareSums(tx, projection, [before.schema, after.schema], old.intersection(now), sums, tally);
    return tally.result({ ...counts, notCompared: [...old.symmetricDifference(now)] });
  });
}

async function sideOf(tx: Tx, schema: string): Promise<Side> {
  const { rows } = await sql<{ shape: string; sequence: bigint }>`
    select shape, sequence from ${sql.id(schema, 'checkpoint')}`.execute(tx);
  return { schema, shape: rows[0]?.shape ?? '', sequence: Number(rows[0]?.sequence ?? 0n) };
}

async function countOf(tx: Tx, { schema }: Side): Promise<number> {
  const { rows } = await sql<{ n: bigint }>`
    select count(*) as n from ${sql.id(schema, 'states')}`.execute(tx);
  return Number(rows[0]?.n ?? 0n);
}

/** The next aggregates of which either has something new behind that sequence, as both have them. */
async function pageFrom(tx: Tx, sides: readonly [Side, Side], from: string, since: number) {
  const pages = [await idsFrom(tx, sides[0], from, since), await idsFrom(tx, sides[1], from, since)];
  // Beyond the end of a full page either side may have more.
  const ends = pages.flatMap((rows) => (rows.length === PAGE ? (rows.at(-1)?.stream_id ?? []) : []));
  const bound = ends.sort()[0];
  const all = [...new Set(pages.flat().map((row) => row.stream_id))].sort();
  const ids = all.filter((id) => bound === undefined || id <= bound);
  const [before, after] = [await rowsOf(tx, sides[0], ids), await rowsOf(tx, sides[1], ids)];
  return { ids, before, after };
}

async function idsFrom(tx: Tx, { schema }: Side, from: string, since: number) {
  const { rows } = await sql<Pick<Row, 'stream_id'>>`
    select stream_id from ${sql.id(schema, 'states')}
    where stream_id collate "C" > ${from} and sequence > ${since}
    order by stream_id collate "C" limit ${PAGE}`.execute(tx);
  return rows;
}

async function rowsOf(tx: Tx, { schema }: Side, ids: readonly string[]) {
  const { rows } = await sql<Row>`
    select stream_id, version, sequence, state from ${sql.id(schema, 'states')}
    where stream_id = any(${ids}::text[])`.execute(tx);
  return new Map(rows.map((row) => [row.stream_id, row]));
}

function createPairs<S, E extends AnyEvent>(
  { contributions, fromJson }: SumProjection<S, E>,
  before: Side,
  after: Side,
  tally: Tally,
  sums: Sums,
  { isAtRest, versionsOnly }: CompareOptions,
) {
  const judge = (id: string, a: Row | undefined, b: Row | undefined) => {
    const [old, now] = [a?.version ?? 0, b?.version ?? 0];
    // What only one of them has read is no difference, as long as the other may still read it.
    if (now > old && Number(b?.sequence) > before.sequence) tally.newer();
    else if (old > now && Number(a?.sequence) > after.sequence && !isAtRest) return;
    else if (!b) tally.differ('missing', id);
    else if (!a) tally.differ('extra', id);
    else tally.differ(now < old ? 'behind' : 'ahead', id, { version: `${now}, instead of ${old}` });
  };
  let areSumsKnown = true;
  const contributed = ({ state }: Row) => {
    try {
      return contributions(fromJson(state));
    } catch (error) {
      // What another version of the fold stored may say nothing to this one.
      if (before.shape === after.shape) throw error;
      areSumsKnown = false;
      return [];
    }
  };
  return {
    take(id: string, a: Row | undefined, b: Row | undefined): void {
      if (a && b && a.version === b.version) {
        if (versionsOnly) return;
        const item = ({ version, state }: Row) => ({ id, version, content: { ...state } });
        tally.pair(item(a), item(b));
        return;
      }
      judge(id, a, b);
      if (versionsOnly) return;
      if (a) sums.subtract(contributed(a));
      if (b) sums.add(contributed(b));
    },
    /** Whether it can be said what the second has beside the first. */
    areSumsKnown: () => areSumsKnown,
  };
}
