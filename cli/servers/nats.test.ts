import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { after, before, describe, it } from 'mocha';
import { startNats } from './nats.ts';
import { freePorts } from './ports.ts';
import { type TestNats, testFolder, testNats } from './testing.ts';

/** A folder with a program of that name, for a PATH. */
function programFolder(name: string, script: string): string {
  const folder = join(testFolder(), `path-${Math.random().toString(36).slice(2)}`);
  mkdirSync(folder);
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return folder;
}

const stateOf = (pid: number | undefined): string =>
  execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }).trim();

describe('NATS', function () {
  this.timeout(60_000);
  let nats: TestNats;
  before(async () => {
    nats = await testNats();
  });
  after(() => nats.stop());

  const withLog = async <T>(work: (connection: Awaited<ReturnType<typeof connect>>) => Promise<T>) => {
    const connection = await connect({ servers: nats.url });
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  };

  it('keeps what it acknowledged through SIGKILL, at the same URL', async () => {
    await withLog(async (connection) => {
      const manager = await jetstreamManager(connection);
      await manager.streams.add({ name: 'LOG', subjects: ['log.>'], max_bytes: 512 * 1024 ** 3 });
      await jetstream(connection).publish('log.a', 'kept');
    });
    await nats.kill();
    await nats.restart();
    const { state } = await withLog(async (connection) =>
      (await jetstreamManager(connection)).streams.info('LOG'),
    );
    assert.equal(state.messages, 1);
  });

  it('can be paused and resumed', async () => {
    nats.pause();
    while (stateOf(nats.pid) !== 'T') await sleep(10);
    nats.resume();
    assert.notEqual(stateOf(nats.pid), 'T');
  });

  it('stops although it is paused', async () => {
    nats.pause();
    await nats.stop();
    await nats.restart();
  });

  it('syncs each acknowledged write, and listens on this machine only', () => {
    const file = join(nats.folder, 'nats.conf');
    const text = readFileSync(file, 'utf8');
    assert.match(text, /sync_interval: always/);
    assert.match(text, /listen: "127\.0\.0\.1:/);
  });
});

describe('the nats-server program', function () {
  this.timeout(60_000);
  const start = async (folders: readonly string[], notes: string[] = []) => {
    const name = `nats-own-${Math.random().toString(36).slice(2)}`;
    return startNats({
      dataDir: join(testFolder(), name),
      port: await freePorts(1),
      logFile: join(testFolder(), `${name}.log`),
      env: { ...process.env, PATH: [...folders, process.env.PATH].join(':'), ORDERLOG_NATS_URL: undefined },
      onNote: (line) => notes.push(line),
    });
  };

  it('is passed over on PATH if it is too old, and people are told', async () => {
    const notes: string[] = [];
    const server = await start([programFolder('nats-server', 'echo "nats-server: v2.10.4"')], notes);
    assert.equal(server.source, 'package');
    assert.equal(server.version, '2.15.1');
    assert.match(notes.join('\n'), /nats-server is passed over: 2\.10\.4 is older than 2\.15/);
    await server.stop(1_000);
  });

  it('is told to be wanting where nothing can bring it', async () => {
    const none = { PATH: '/nowhere', XDG_CACHE_HOME: join(testFolder(), 'empty-cache') };
    const starting = startNats({
      dataDir: join(testFolder(), 'nats-none'),
      port: await freePorts(1),
      logFile: join(testFolder(), 'nats-none.log'),
      env: none,
    });
    await assert.rejects(starting, /no nats-server: install .*ORDERLOG_NATS_URL.*no python3; there is no go/);
  });

  it('says in one line why it ended', async () => {
    const folder = programFolder(
      'nats-server',
      'case $1 in --version) echo "nats-server: v2.15.9";; *) echo "[FTL] no space left on device"; exit 1;; esac',
    );
    await assert.rejects(
      start([folder]),
      /^StartError: NATS ended with exit code 1: the disk is full: .*\[FTL\] no space.*\(log: .*\.log\)$/,
    );
  });
});
