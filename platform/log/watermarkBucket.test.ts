import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { type TestNats, testNats } from '../../cli/servers/testing.ts';
import { PARTITIONS } from '../ids.ts';
import { connectLog, type LogConnection, SessionEnded } from './connection.ts';
import { logger } from './logFixture.testing.ts';
import { watermarkBucket } from './watermarkBucket.ts';

const watermark = {
  time: new Date('2026-01-02T03:04:05.678Z'),
  sequence: 7,
  epoch: 1,
  last: new Array<number>(PARTITIONS).fill(7),
};

describe('the bucket of watermarks', function () {
  this.timeout(120_000);
  let nats: TestNats;
  let connection: LogConnection;

  before(async () => {
    nats = await testNats();
    const signal = AbortSignal.timeout(50_000);
    connection = await connectLog({ url: nats.url, name: 'test', logger, signal });
  });
  after(async () => {
    await connection.close();
    await nats.stop();
  });

  it('gives what was put, fails as soon as the connection breaks, and gives it again', async () => {
    const bucket = watermarkBucket(connection, 1);
    assert.equal(await bucket.get('STREAM'), undefined);
    await bucket.put('STREAM', watermark);
    assert.deepEqual(await bucket.get('STREAM'), watermark);
    nats.pause();
    // It stands still only once each of its threads has been told.
    await sleep(100);
    const asked = [bucket.get('STREAM'), bucket.put('STREAM', watermark)];
    const failed = Promise.all(asked.map((answer) => assert.rejects(answer, SessionEnded)));
    await sleep(100);
    await nats.kill();
    await failed;
    await assert.rejects(bucket.get('STREAM'), SessionEnded);
    await nats.restart();
    await connection.whenConnected(AbortSignal.timeout(50_000));
    assert.deepEqual(await bucket.get('STREAM'), watermark);
  });
});
