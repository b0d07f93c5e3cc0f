/** One picture for all who look: drawn now and then, and passed on when something in it has changed. */
import { EventEmitter, once } from 'node:events';
import { pause } from '../../../platform/wait.ts';
import type { LiveDocument } from './document.ts';
import type { OverviewSources } from './overview.ts';
import { startPicture } from './picture.ts';

export interface Edition {
  /** Counts the changes, from 1. */
  readonly number: number;
  readonly document: LiveDocument;
}

export interface Broadcast {
  /** The newest after the edition of that number; waits for one. undefined: the signal came first. */
  after(number: number, signal: AbortSignal): Promise<Edition | undefined>;
  stop(): Promise<void>;
}

/** What was asked first is mostly there by then. */
const FIRST_LOOK_MS = 1_000;
const CHANGED = 'changed';

export function startBroadcast(sources: OverviewSources, everyMs: number): Broadcast {
  const stopping = new AbortController();
  const { signal: stopped } = stopping;
  const news = new EventEmitter().setMaxListeners(0);
  const picture = startPicture(sources, stopped);
  let latest: Edition | undefined;

  async function keepDrawing(): Promise<void> {
    await Promise.race([picture.looked, pause(FIRST_LOOK_MS, stopped)]);
    for (let last = ''; !stopped.aborted; await pause(everyMs, stopped)) {
      const document = picture.draw();
      const text = JSON.stringify(document, withoutLooks);
      if (text === last) continue;
      last = text;
      latest = { number: (latest?.number ?? 0) + 1, document };
      news.emit(CHANGED);
    }
  }

  const ended = Promise.all([picture.ended, keepDrawing()]);
  return {
    async after(number, signal) {
      while (!signal.aborted) {
        if (latest && latest.number > number) return latest;
        await once(news, CHANGED, { signal }).catch(() => undefined);
      }
      return undefined;
    },
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/** That somebody looked again changes nothing: `time`, of the whole and of the counts, is when. */
const withoutLooks = (key: string, value: unknown): unknown =>
  key === '' || key === 'readModel' ? value && { ...value, time: '' } : value;
