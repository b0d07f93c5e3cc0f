import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';

const probe = fileURLToPath(new URL('./lifecycle.testing.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly lines: readonly Record<string, unknown>[];
  readonly stderr: string;
}

/** Runs the probe; `act` is called once it says that it is ready. */
async function life(
  wish: string,
  act: (child: ChildProcess) => void = () => undefined,
  env = {},
): Promise<Ended> {
  const child = fork(probe, [wish], { silent: true, env: { PATH: process.env.PATH, ...env } });
  child.once('message', (message) => {
    assert.deepEqual(message, { type: 'ready' });
    act(child);
  });
  assert.ok(child.stdout && child.stderr);
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'exit'),
    text(child.stdout),
    text(child.stderr),
  ]);
  const lines = stdout.trim().split('\n').filter(Boolean);
  return { code, lines: lines.map((line) => JSON.parse(line)), stderr };
}

const messages = ({ lines }: Ended) => lines.map((line) => line.msg);

describe('the life of a service', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends on ${signal}: what was started last is stopped first, exit 0`, async () => {
      const ended = await life('lives', (child) => child.kill(signal));
      assert.equal(ended.code, 0);
      assert.deepEqual(messages(ended), ['ready', 'stopping', 'second stopped', 'first stopped', 'stopped']);
    });
  }

  it('tells its parent why it is not ready yet, and when it is', async () => {
    const child = fork(probe, ['waits'], { silent: true, env: { PATH: process.env.PATH } });
    const told: unknown[] = [];
    child.on('message', (message: { readonly type: string }) => {
      told.push(message);
      if (message.type === 'ready') child.kill('SIGTERM');
    });
    await once(child, 'exit');
    assert.deepEqual(told, [{ type: 'waiting', why: 'the log is lost' }, { type: 'ready' }]);
  });

  it('ends when its parent is gone', async () => {
    const ended = await life('lives', (child) => child.disconnect());
    assert.equal(ended.code, 0);
  });

  it('counts only the first of several signals', async () => {
    const ended = await life('lives', (child) =>
      ['SIGINT', 'SIGINT', 'SIGTERM'].map((each) => child.kill(each as 'SIGINT')),
    );
    assert.equal(ended.code, 0);
    assert.equal(messages(ended).filter((message) => message === 'stopping').length, 1);
  });

  it('ends with exit 1, naming what hung, when the grace is over', async () => {
    const ended = await life('hangs', (child) => child.kill('SIGTERM'));
    assert.equal(ended.code, 1);
    assert.deepEqual(ended.lines.at(-1)?.open, ['first', 'hanging']);
  });

  it('stops the rest when one part fails to stop, and exits 1', async () => {
    const ended = await life('stop throws', (child) => child.kill('SIGTERM'));
    assert.equal(ended.code, 1);
    assert.ok(messages(ended).includes('first stopped'));
  });

  it('ends with exit 1 on an error that nobody caught', async () => {
    const ended = await life('rejects');
    assert.equal(ended.code, 1);
    assert.equal(ended.lines.at(-1)?.level, 'fatal');
  });

  it('says in one line why it could not start, and exits 1', async () => {
    const ended = await life('fails');
    assert.equal(ended.code, 1);
    assert.equal(ended.stderr, 'probe: 127.0.0.1:1 is in use\n');
  });

  it('exits 78 when the configuration is wrong', async () => {
    const ended = await life('lives', undefined, { ORDERLOG_LOG_LEVEL: 'loud', ORDERLOG_LOG_LEVL: 'info' });
    assert.equal(ended.code, 78);
    assert.match(ended.stderr, /ORDERLOG_LOG_LEVL is not known: did you mean ORDERLOG_LOG_LEVEL\?/);
    assert.match(ended.stderr, /ORDERLOG_LOG_LEVEL is wrong: expected one of fatal, error/);
  });
});
