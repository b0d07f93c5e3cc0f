/**
 * Holds a part of a running local system down for a while (`orderlog dev kill --down`): the launcher starts what has ended
 * again, but not before the time in the part's file.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Layout } from './layout.ts';

const POLL_MS = 100;

const fileOf = (layout: Layout, part: string): string => join(layout.run, `${part}.down`);

export const holdDown = (layout: Layout, part: string, forMs: number): void =>
  writeFileSync(fileOf(layout, part), String(Date.now() + forMs));

/** Returns at once where nothing is held. Throws the signal's reason. */
export async function untilLetUp(layout: Layout, part: string, signal: AbortSignal): Promise<void> {
  while (Date.now() < heldUntil(layout, part)) await sleep(POLL_MS, undefined, { signal });
  rmSync(fileOf(layout, part), { force: true });
}

function heldUntil(layout: Layout, part: string): number {
  try {
    return Number(readFileSync(fileOf(layout, part), 'utf8')) || 0;
  } catch {
    return 0;
  }
}
