/** Idempotency keys: calls of one key go one after another, and a key belongs to one request. */
import { createHash } from 'node:crypto';
import { fault } from './answer.ts';

/** Runs work after all earlier work of the same name. */
export type Line = <T>(name: string, work: () => Promise<T>) => Promise<T>;

export function createLine(): Line {
  /** Of each name, the last work. */
  const last = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const mine = (last.get(name) ?? Promise.resolve()).then(work, work);
    last.set(name, mine);
    const clean = () => {
      if (last.get(name) === mine) last.delete(name);
    };
    mine.then(clean, clean);
    return mine;
  };
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const keyReused = fault(
  422,
  'idempotency_key_reused',
  'this Idempotency-Key came with another request before',
);
