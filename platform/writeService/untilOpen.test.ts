import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { OrderlogError } from '../errors.ts';
import { LogMismatch } from '../log/logMismatch.ts';
import { untilOpen } from './untilOpen.ts';

describe('a service whose log gate is closed', () => {
  const reason = () => new LogMismatch('LOG_MISSING', 'the server has no stream LAMPS');
  const never = new AbortController().signal;

  it('says why again and again, with what to do, until it opens', async () => {
    const opened = Promise.withResolvers<void>();
    const told: string[] = [];
    const tell = (why: string) => {
      told.push(why);
      if (told.length === 3) opened.resolve();
    };
    await untilOpen({ whenOpen: () => opened.promise, reason }, tell, never, 5);
    assert.equal(told.length, 3);
    assert.match(told[0] ?? '', /up, but closed: the server has no stream LAMPS; .*`orderlog recover/);
  });

  it('says nothing of what is to pass by itself', async () => {
    const opened = Promise.withResolvers<void>();
    const told: string[] = [];
    const starting = () => new OrderlogError('UNAVAILABLE', 'LOG_NOT_MATCHED', 'the service is starting');
    setTimeout(opened.resolve, 50);
    await untilOpen({ whenOpen: () => opened.promise, reason: starting }, (why) => told.push(why), never, 5);
    assert.deepEqual(told, []);
  });

  it('says nothing where it is open at once', async () => {
    const told: string[] = [];
    await untilOpen(
      { whenOpen: () => Promise.resolve(), reason: () => undefined },
      (why) => told.push(why),
      never,
      5,
    );
    assert.deepEqual(told, []);
  });
});
