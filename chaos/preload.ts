/**
 * Loaded into each service before its own code (node --import): does to it from within what cannot be done from outside.
 * It looks into the file that CHAOS_CONTROL names again and again, so that it can be told while the service runs.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** What the file says. */
export interface Control {
  /** How far the wall clock is off. */
  readonly clockOffsetMs?: number;
  /** Blocks the event loop once for so long; `id` tells one time from the next. */
  readonly block?: { readonly id: string; readonly ms: number };
  /** From the next start on: the module with this end of its URL is the other one (both are URLs). */
  readonly replace?: { readonly module: string; readonly by: string };
}

const POLL_MS = 50;
const file = process.env.CHAOS_CONTROL ?? '';

function read(): Control {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Control;
  } catch {
    return {};
  }
}

const RealDate = Date;
const realNow = Date.now;
let offsetMs = 0;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [realNow() + offsetMs] : args, newTarget),
  get: (target, name, receiver) =>
    name === 'now' ? () => realNow() + offsetMs : Reflect.get(target, name, receiver),
});

let blocked = read().block?.id;
function look(): void {
  const { clockOffsetMs = 0, block } = read();
  offsetMs = clockOffsetMs;
  if (!block || block.id === blocked) return;
  blocked = block.id;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, block.ms);
}
look();
setInterval(look, POLL_MS).unref();

const { replace } = read();
if (replace) {
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const isWanted = found.url.endsWith(replace.module) && context.parentURL !== replace.by;
      return isWanted ? { ...found, url: replace.by } : found;
    },
  });
}
