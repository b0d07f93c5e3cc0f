import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { freePort } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { reachableFolder, serverUser } from './serverUser.ts';
import { withClient } from './serviceDatabase.ts';
import { testFolder } from './testing.ts';
import type { RunningServer, ServerOptions } from './types.ts';

/** A PATH with no PostgreSQL: what is left is the package. */
const withoutPostgres = { ...process.env, PATH: '/nowhere', ORDERLOG_POSTGRES_URL: undefined };

describe('PostgreSQL', function () {
  this.timeout(60_000);
  let options: ServerOptions;
  let server: RunningServer;
  const show = (setting: string) =>
    withClient(server.url, async (client) => {
      const { rows } = await client.query<Record<string, string>>(`show ${setting}`);
      return rows[0]?.[setting];
    });

  before(async () => {
    const dataDir = join(testFolder(), 'own', 'postgres');
    const logFile = join(testFolder(), 'own', 'postgres.log');
    options = { dataDir, port: await freePort(), logFile, env: withoutPostgres };
    server = await startPostgres(options);
  });
  after(() => server.stop(5_000));

  it('comes from the package where there is none on PATH', () => {
    assert.equal(server.source, 'package');
    assert.match(server.version, /^18\./);
  });

  it('keeps what makes commits durable, and listens on this machine only', async () => {
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums']) {
      assert.equal(await show(setting), 'on', setting);
    }
    assert.equal(await show('listen_addresses'), '127.0.0.1');
    assert.equal(await show('server_encoding'), 'UTF8');
    await assert.rejects(
      withClient(server.url.replace(/:[0-9a-f]{48}@/, ':wrong@'), () => Promise.resolve()),
      /password/,
    );
  });

  it('hides its superuser password', () => {
    const { mode } = statSync(join(options.dataDir, 'superuser.password'));
    assert.equal(mode & 0o777, 0o600);
    assert.ok(!readdirSync(options.dataDir).some((name) => name.startsWith('initializing')));
  });

  it('starts again at once after SIGKILL, with what was committed', async () => {
    await withClient(server.url, (client) => client.query('create table kept as select 42 as n'));
    server.kill('SIGKILL');
    assert.equal((await server.exited).signal, 'SIGKILL');
    server = await startPostgres(options);
    const { rows } = await withClient(server.url, (client) => client.query('select n from kept'));
    assert.deepEqual(rows, [{ n: 42 }]);
  });

  it('is used where it runs already, if its URL is given', async () => {
    const external = await startPostgres({ ...options, env: { ORDERLOG_POSTGRES_URL: server.url } });
    assert.equal(external.source, 'url');
    assert.equal(external.pid, undefined);
    await external.stop(0);
    await withClient(server.url, (client) => client.query('select'));
  });

  it('names the variable, but not the password, of a URL at which there is none', async () => {
    const url = `postgres://me:secret@127.0.0.1:${await freePort()}/postgres`;
    await assert.rejects(
      startPostgres({ ...options, env: { ORDERLOG_POSTGRES_URL: url } }),
      (error: Error) => {
        assert.match(error.message, /^ORDERLOG_POSTGRES_URL: PostgreSQL at 127\.0\.0\.1:\d+ does not answer/);
        assert.ok(!error.message.includes('secret'));
        return true;
      },
    );
  });
});

describe('PostgreSQL that cannot start', function () {
  this.timeout(60_000);
  const optionsFor = async (name: string): Promise<ServerOptions> => ({
    dataDir: join(testFolder(), name, 'postgres'),
    port: await freePort(),
    logFile: join(testFolder(), name, 'postgres.log'),
    env: withoutPostgres,
  });

  it('says that its data is of another major version', async () => {
    const options = await optionsFor('other-major');
    mkdirSync(join(options.dataDir, 'data'), { recursive: true });
    writeFileSync(join(options.dataDir, 'data', 'PG_VERSION'), '9\n');
    await assert.rejects(startPostgres(options), /made by PostgreSQL 9, and the one here is 18.*--fresh/);
  });

  it('says that its data folder is broken', async () => {
    const options = await optionsFor('broken');
    const server = await startPostgres(options);
    await server.stop(5_000);
    rmSync(join(options.dataDir, 'data', 'global'), { recursive: true });
    await assert.rejects(
      startPostgres(options),
      /ended with exit code 2: its data folder is broken: .*--fresh.*\(log: .*postgres\.log\)/,
    );
    rmSync(join(options.dataDir, 'data', 'PG_VERSION'));
    await assert.rejects(startPostgres(options), /not a data folder of PostgreSQL any more.*--fresh/);
  });

  it('names the port that is in use', async () => {
    const options = await optionsFor('port');
    const server = createServer().listen(options.port, '127.0.0.1');
    await assert.rejects(
      startPostgres(options),
      new RegExp(`port ${options.port} \\(PostgreSQL\\) is in use`),
    );
    server.close();
  });
});

describe('the user that servers run as', () => {
  it('gets another folder where it cannot reach the one that is wished for', () => {
    const user = serverUser();
    if (!user) return;
    const shut = join(testFolder(), 'shut');
    mkdirSync(shut);
    assert.equal(reachableFolder(join(shut, 'postgres'), user), join(shut, 'postgres'));
    chmodSync(shut, 0o700);
    const found = reachableFolder(join(shut, 'postgres'), user);
    assert.match(found, /^\/var\/lib\/orderlog-[0-9a-f]{12}\/postgres$/);
    // What an earlier version has put where files are removed in time.
    const earlier = found.replace('/var/lib', '/var/tmp');
    mkdirSync(earlier, { recursive: true });
    try {
      assert.equal(reachableFolder(join(shut, 'postgres'), user), earlier);
      assert.equal(reachableFolder(join(shut, 'elasticsearch'), user), join(dirname(found), 'elasticsearch'));
      // Somebody else may have laid it out for us there.
      chownSync(dirname(earlier), user.uid, user.gid);
      assert.equal(reachableFolder(join(shut, 'postgres'), user), found);
    } finally {
      rmSync(dirname(earlier), { recursive: true });
    }
  });
});
