/** A service with a life as the test asks: run as a process of its own, with the wish as its argument. */
import { setTimeout as sleep } from 'node:timers/promises';
import { commonConfig, loadConfig } from './config.ts';
import { OrderlogError } from './errors.ts';
import { runService } from './lifecycle.ts';

const wish = process.argv[2];

runService(
  'probe',
  async ({ logger, onStop, waiting, ready }) => {
    loadConfig(commonConfig);
    if (wish === 'fails')
      throw new OrderlogError('FAILED_PRECONDITION', 'PORT_IN_USE', '127.0.0.1:1 is in use');
    onStop('first', () => logger.info('first stopped'));
    if (wish === 'stop throws') onStop('broken', () => Promise.reject(new Error('no')));
    if (wish === 'hangs') onStop('hanging', () => new Promise(() => undefined));
    onStop('second', async (remainingMs) => {
      await sleep(20);
      logger.info({ remainingMs }, 'second stopped');
    });
    if (wish === 'waits') waiting('the log is lost');
    ready();
    if (wish === 'rejects') void Promise.reject(new Error('nobody caught this'));
    setInterval(() => undefined, 1_000);
  },
  500,
);
