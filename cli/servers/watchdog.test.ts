import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';
import { testFolder } from './testing.ts';

const script = fileURLToPath(new URL('watchdog.sh', import.meta.url));
/** Longer than a test may last: it goes on as soon as all are gone. */
const GRACE_S = 60;

/** A process that says which signals it gets, and ends on the last of them only. */
async function victim(
  name: string,
  deaf = false,
): Promise<{ pid: number; child: ChildProcess; end: Promise<string> }> {
  const body = deaf
    ? 'trap "" INT TERM'
    : `trap "echo ${name} INT; exit" INT; trap "echo ${name} TERM; exit" TERM`;
  const child = spawn('sh', ['-c', `${body}; echo up; while :; do sleep 0.05; done`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines: string[] = [];
  const up = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', (line) =>
    line === 'up' ? up.resolve() : lines.push(line),
  );
  const end = once(child, 'close').then(([, signal]) => lines.join() || String(signal));
  await up.promise;
  return { pid: child.pid as number, child, end };
}

/** Tells the watchdog all of it, and then dies, as it seems. */
async function runWatchdog(lines: readonly string[], graceS = GRACE_S): Promise<void> {
  const watchdog = spawn('sh', [script, String(graceS)], { stdio: ['pipe', 'inherit', 'inherit'] });
  watchdog.stdin.end(`${lines.join('\n')}\n`);
  await once(watchdog, 'close');
}

describe('the watchdog', function () {
  this.timeout((GRACE_S / 2) * 1_000);

  it('ends services, then servers, each in its way, and removes folders', async () => {
    const [service, server] = [await victim('service'), await victim('server')];
    const folder = join(testFolder(), 'with a space');
    const other = join(testFolder(), 'with');
    for (const path of [folder, other]) mkdirSync(path);
    await runWatchdog([`server ${server.pid}`, `service ${service.pid}`, `folder ${folder}`]);
    assert.equal(await service.end, 'service TERM');
    assert.equal(await server.end, 'server INT');
    assert.deepEqual([existsSync(folder), existsSync(other)], [false, true]);
  });

  it('kills what does not listen', async () => {
    const deaf = await victim('deaf', true);
    await runWatchdog([`server ${deaf.pid}`], 1);
    assert.equal(await deaf.end, 'SIGKILL');
  });

  it('ends what is stopped', async () => {
    const stopped = await victim('stopped');
    process.kill(-stopped.pid, 'SIGSTOP');
    await runWatchdog([`service ${stopped.pid}`]);
    assert.equal(await stopped.end, 'stopped TERM');
  });

  it('leaves alone what it was told to forget', async () => {
    const spared = await victim('spared');
    await runWatchdog([`server ${spared.pid}`, `forget ${spared.pid}`]);
    assert.equal(spared.child.exitCode, null);
    process.kill(-spared.pid, 'SIGTERM');
    assert.equal(await spared.end, 'spared TERM');
  });
});
