/** Ranges of partitions as plain data: shares, cutting, merging, and the subjects that cover them. Pure. */
import { PARTITIONS } from '../ids.ts';
import type { Checkpoint } from './checkpoints.ts';

/** First to last, both included. */
export interface Range {
  readonly firstPartition: number;
  readonly lastPartition: number;
}

/** A checkpoint, and whether this replica has it. */
export interface HeldCheckpoint extends Checkpoint {
  readonly mine: boolean;
}

/**
 * The share of one of the members: by its rank among their sorted names, so that all who see the same members agree.
 * undefined: there are more members than partitions, and this one has none.
 */
export function shareOf(member: string, members: readonly string[]): Range | undefined {
  const rank = [...members].sort().indexOf(member);
  const first = Math.floor((PARTITIONS * rank) / members.length);
  const last = Math.floor((PARTITIONS * (rank + 1)) / members.length) - 1;
  return rank < 0 || last < first ? undefined : { firstPartition: first, lastPartition: last };
}

/**
 * Cuts ranges at the borders of a share: what lies inside becomes mine, what lies outside is free; then merges neighbours
 * of the same kind that stand at the same event. Neighbours that do not are left apart: being read together they become
 * equal (checkpoints.ts), and are merged the next time.
 */
export function reshape(
  checkpoints: readonly Checkpoint[],
  share: Range | undefined,
): readonly HeldCheckpoint[] {
  const pieces = checkpoints
    .flatMap((checkpoint) => cut(checkpoint, share))
    .sort((a, b) => a.firstPartition - b.firstPartition);
  const merged: HeldCheckpoint[] = [];
  for (const piece of pieces) {
    const left = merged.at(-1);
    if (left && canMerge(left, piece)) {
      merged[merged.length - 1] = { ...left, lastPartition: piece.lastPartition };
    } else {
      merged.push(piece);
    }
  }
  return merged;
}

function cut(checkpoint: Checkpoint, share: Range | undefined): HeldCheckpoint[] {
  if (!share) return [{ ...checkpoint, mine: false }];
  const parts: readonly [first: number, last: number, mine: boolean][] = [
    [0, share.firstPartition - 1, false],
    [share.firstPartition, share.lastPartition, true],
    [share.lastPartition + 1, PARTITIONS - 1, false],
  ];
  return parts.flatMap(([first, last, mine]) => {
    const firstPartition = Math.max(first, checkpoint.firstPartition);
    const lastPartition = Math.min(last, checkpoint.lastPartition);
    return firstPartition <= lastPartition ? { ...checkpoint, firstPartition, lastPartition, mine } : [];
  });
}

const canMerge = (left: HeldCheckpoint, right: HeldCheckpoint): boolean =>
  left.mine === right.mine &&
  left.lastPartition + 1 === right.firstPartition &&
  left.sequence === right.sequence &&
  left.lastEventId === right.lastEventId &&
  left.streamEpoch === right.streamEpoch;

const hex = (digit: number): string => digit.toString(16);

/**
 * The fewest subjects that cover the ranges: `<prefix>.<h>.>` for the 16 partitions of one first digit,
 * `<prefix>.<h>.<l>.>` for single ones. undefined: they cover all, and no filter is needed.
 */
export function filterSubjects(prefix: string, ranges: readonly Range[]): readonly string[] | undefined {
  const covered = new Set<number>();
  for (const { firstPartition, lastPartition } of ranges) {
    for (let partition = firstPartition; partition <= lastPartition; partition++) covered.add(partition);
  }
  if (covered.size === PARTITIONS) return undefined;
  return Array.from({ length: 16 }, (_, h) => h).flatMap((h) => {
    const low = Array.from({ length: 16 }, (_, l) => l).filter((l) => covered.has(h * 16 + l));
    return low.length === 16 ? [`${prefix}.${hex(h)}.>`] : low.map((l) => `${prefix}.${hex(h)}.${hex(l)}.>`);
  });
}
