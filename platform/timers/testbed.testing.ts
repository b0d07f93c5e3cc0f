/** Counters with timers: adding 1 sets the counter's timer, long due; adding 2 clears it. */
import { sql } from 'kysely';
import type { CounterWriter } from '../consume/testbed.testing.ts';
import { counterModel } from '../counterModel.testing.ts';
import type { Database } from '../database.ts';
import { derivedId } from '../ids.ts';
import type { TimerChange } from '../writeModel.ts';

export const LONG_DUE = new Date('2020-01-02T03:04:05.678Z');

export const timerIdOf = (key: string): string => derivedId(`timer/${key}`);

export const setTimer = (key: string, kind = 'add', dueAt = LONG_DUE): TimerChange => ({
  type: 'set',
  timerId: timerIdOf(key),
  kind,
  payload: Buffer.from(key),
  dueAt,
});

export const withTimers = (writer: CounterWriter): CounterWriter => ({
  ...writer,
  model: {
    ...counterModel,
    timersOf: ({ data: { key, amount } }) => {
      if (amount === 1) return [setTimer(key)];
      return amount === 2 ? [{ type: 'clear', timerId: timerIdOf(key) }] : [];
    },
  },
});

/** The keys of the timers that are set. */
export async function timersSet(db: Database): Promise<string> {
  const { rows } = await sql<{ key: string }>`
    select convert_from(payload, 'UTF8') as key from timers order by key`.execute(db);
  return rows.map(({ key }) => key).join(' ');
}
