/** What two generations of a projection say, put side by side, item by item, in bounded memory. */
import { createHash } from 'node:crypto';
import { differences, plain } from '../audit/canonical.ts';

/** A document, or a row. */
export interface Item {
  readonly id: string;
  readonly version: number;
  readonly content: Readonly<Record<string, unknown>>;
}

/** The after generation lacks it; has it alone; has it at a lower version, at a higher; says something else. */
export type DifferenceKind = 'missing' | 'extra' | 'behind' | 'ahead' | 'differs';

export interface Difference {
  readonly kind: DifferenceKind;
  readonly id: string;
  /** By path: what it says after, instead of before. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface Comparison {
  /** Items in each. */
  readonly before: number;
  readonly after: number;
  /** Pairs that were compared at equal versions. */
  readonly compared: number;
  /** One hash over the hashes of all of these pairs' contents, whatever their order. */
  readonly hashBefore: string;
  readonly hashAfter: string;
  /** Newer after, since the log goes further there. */
  readonly newer: number;
  readonly kinds: Readonly<Record<DifferenceKind, number>>;
  /** How many items differ by path; numbers of list entries are left out. */
  readonly paths: ReadonlyMap<string, number>;
  readonly examples: readonly Difference[];
  /** Fields, or columns, that only one of them has room for, or that cannot be held against each other. */
  readonly notCompared: readonly string[];
}

export const MAX_EXAMPLES = 10;
const MAX_PATHS = 50;

export const differing = ({ kinds }: Comparison): number =>
  Object.values(kinds).reduce((sum, count) => sum + count, 0);

export interface Tally {
  /** Of equal versions. */
  pair(before: Item, after: Item): void;
  differ(kind: DifferenceKind, id: string, fields?: Readonly<Record<string, string>>): void;
  newer(): void;
  result(counts: Pick<Comparison, 'before' | 'after' | 'notCompared'>): Comparison;
}

export function createTally(): Tally {
  const kinds = { missing: 0, extra: 0, behind: 0, ahead: 0, differs: 0 };
  const paths = new Map<string, number>();
  const examples: Difference[] = [];
  const [hashBefore, hashAfter] = [Buffer.alloc(32), Buffer.alloc(32)];
  let [compared, newer] = [0, 0];
  const differ: Tally['differ'] = (kind, id, fields = {}) => {
    kinds[kind] += 1;
    if (examples.length < MAX_EXAMPLES) examples.push({ kind, id, fields });
    for (const path of new Set(Object.keys(fields).map((name) => name.replace(/\.\d+(?=\.|$)/g, '')))) {
      if (paths.has(path) || paths.size < MAX_PATHS) paths.set(path, (paths.get(path) ?? 0) + 1);
    }
  };
  return {
    pair(before, after) {
      compared += 1;
      const [a, b] = [contentHash(before.content), contentHash(after.content)];
      addTo(hashBefore, a);
      addTo(hashAfter, b);
      if (!a.equals(b)) differ('differs', before.id, differences(after.content, before.content));
    },
    differ,
    newer: () => {
      newer += 1;
    },
    result: (counts) => ({
      ...counts,
      ...{ compared, newer, kinds, paths, examples },
      hashBefore: hashBefore.toString('hex'),
      hashAfter: hashAfter.toString('hex'),
    }),
  };
}

/** Of what is said, not of how: keys may come in any order. */
export const contentHash = (content: unknown): Buffer =>
  createHash('sha256')
    .update(JSON.stringify(sorted(plain(content))))
    .digest();

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => [key, sorted(item)]);
}

function addTo(sum: Buffer, hash: Buffer): void {
  for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) ^ (hash[at] ?? 0);
}
