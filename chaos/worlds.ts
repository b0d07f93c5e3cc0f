/** Systems for faults: one serves many, until a fault spoils it or fails on it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault, WorldKind } from './fault.ts';
import { startWorld, type World } from './world.ts';

export interface Worlds {
  /** A running system for this fault. Throws StartError, or NotPossible. */
  for(fault: Fault): Promise<World>;
  /** The present system is not used again. */
  drop(): Promise<void>;
}

/** This machine cannot have such a system; the message says why. */
export class NotPossible extends Error {}

export interface WorldsOptions {
  /** Each system gets a folder in here. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

export function createWorlds({ folder, env, tell, signal }: WorldsOptions): Worlds {
  let present: { readonly kind: WorldKind; readonly world: World } | undefined;
  let count = 0;
  async function drop(): Promise<void> {
    const old = present;
    present = undefined;
    await old?.world.stop();
  }
  async function start(kind: WorldKind): Promise<World> {
    count += 1;
    const own = join(folder, `system-${count}`);
    mkdirSync(own, { recursive: true });
    if (kind !== 'plain') throw new NotPossible(`there is no ${kind} yet`);
    return startWorld({ folder: own, env, onProgress: tell, signal });
  }
  return {
    drop,
    async for({ world: kind = 'plain' }) {
      if (present?.kind !== kind) {
        await drop();
        present = { kind, world: await start(kind) };
      }
      return present.world;
    },
  };
}
