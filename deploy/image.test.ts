import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '../cli/start/nodeFlags.ts';
import { testIssuer } from '../platform/access/issuer.testing.ts';
import { testAuthority } from '../platform/tls/certificates.testing.ts';
import { copied, entrypoint, installed, layOut, testFilesIn } from './image.ts';
import { commandLineOf, environmentOf, type Manifest, manifestsOf, workloadsOf } from './manifests.ts';
import { processes } from './processes.ts';
import { settingsOf } from './settings.ts';

const EXIT_CONFIG = 78;
const KEY = Buffer.alloc(32, 1).toString('base64');
/** Where they are mounted. */
const CERTIFICATES = '/etc/orderlog/tls';
/** For a process to say its first word: on a busy machine Node takes long to load it. */
const FIRST_WORD_MS = 60_000;
/** After it: long enough for a setting that is wrong to end it. */
const SETTLED_MS = 2_000;

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
}

describe('the image', function () {
  this.timeout(120_000);
  let folder: string;
  let local: readonly Manifest[];
  let production: readonly Manifest[];

  before(async function () {
    this.timeout(600_000);
    folder = mkdtempSync(join(tmpdir(), 'orderlog-image-'));
    layOut(folder);
    testAuthority(folder).issue('tls');
    const issuer = testIssuer();
    writeFileSync(join(folder, 'keys.json'), JSON.stringify(issuer.jwks));
    writeFileSync(join(folder, 'token'), await issuer.token({}));
    local = await manifestsOf('local', process.env);
    production = await manifestsOf('production', process.env);
  });
  after(() => rmSync(folder, { recursive: true }));

  /** As the image starts it: nothing of our environment but the PATH. */
  function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
    const child = spawn(process.execPath, [...NODE_FLAGS, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
    return { child, output: () => output, exited: once(child, 'exit').then(([code]) => code) };
  }

  async function said({ output }: Run, words: string): Promise<void> {
    const untilMs = performance.now() + FIRST_WORD_MS;
    while (!output().includes(words)) {
      assert.ok(performance.now() < untilMs, output());
      await sleep(50);
    }
  }

  /** As an overlay gives it, but at ports that are free, and with folders that are there. */
  function environmentFor(main: string, overlay = local): Readonly<Record<string, string>> {
    const container = workloadsOf(overlay)
      .flatMap(({ pod }) => pod.containers)
      .find((each) => each.name === 'app' && commandLineOf(each).includes(main));
    assert.ok(container, main);
    const secret = (_name: string, key: string) => (key === 'token-keys' ? `k1:${KEY}` : KEY);
    const ours: Readonly<Record<string, string>> = {
      ORDERLOG_PROVIDER_DATA: folder,
      ORDERLOG_AUTH_KEY_FILE: join(folder, 'keys.json'),
      ORDERLOG_SERVICE_TOKEN_FILE: join(folder, 'token'),
    };
    const env = Object.entries(environmentOf(container, overlay, secret)).map(([name, value]) => [
      name,
      name.endsWith('_LISTEN') ? '127.0.0.1:0' : (ours[name] ?? value.replaceAll(CERTIFICATES, folder)),
    ]);
    return Object.fromEntries(env);
  }

  it('runs Node as `npm start` runs it', () => {
    assert.deepEqual(entrypoint(), ['node', ...NODE_FLAGS]);
    for (const [name, value] of Object.entries(NODE_ENVIRONMENT))
      assert.match(
        readFileSync('deploy/Dockerfile', 'utf8'),
        new RegExp(`^ENV .*\\b${name}=${value}\\b`, 'm'),
      );
  });

  it('keeps what Node makes of TypeScript, and starts from it', async () => {
    const [, command = ''] = /^RUN node (.+)$/m.exec(readFileSync('deploy/Dockerfile', 'utf8')) ?? [];
    const args = command.split(' ');
    assert.deepEqual(args, [...NODE_FLAGS, 'cli/start/compile.ts']);
    const env = { NODE_COMPILE_CACHE: join(folder, '.compiled') };
    const compiling = start(args.slice(NODE_FLAGS.length), env);
    assert.equal(await compiling.exited, 0, compiling.output());
    // Node has its tool for TypeScript in memory only where a module was not kept.
    const telling =
      "data:text/javascript,process.on('exit', () => console.log('amaro', process.moduleLoadList.some((each) => each.includes('amaro'))))";
    for (const { main } of processes) {
      const run = start(['--import', telling, main], env);
      assert.equal(await run.exited, EXIT_CONFIG);
      assert.match(run.output(), /amaro false/, main);
    }
    const without = start(['--import', telling, processes[0]?.main ?? '']);
    await without.exited;
    assert.match(without.output(), /amaro true/);
  });

  it('has no test, and no package that is only for development', () => {
    assert.deepEqual(testFilesIn(folder), []);
    const { devDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const names = installed().map((path) => path.slice('node_modules/'.length));
    // These come with others that run.
    const shared = ['@types/node', 'ajv'];
    const found = names.filter((name) => name in devDependencies && !shared.includes(name));
    assert.deepEqual(found, []);
    assert.ok(!copied().includes('.'));
  });

  for (const { name, main, config } of processes) {
    it(`starts ${name}, which says what it lacks where it is told nothing`, async () => {
      const run = start([main]);
      assert.equal(await run.exited, EXIT_CONFIG);
      for (const setting of settingsOf(config).filter(({ isRequired }) => isRequired)) {
        assert.match(run.output(), new RegExp(`${setting.name} is not set: expected`));
      }
    });

    it(`starts ${name} with what the manifests give it, and stops it in order`, () =>
      startsAndStops(main, environmentFor(main)));
  }

  it('starts payment with Stripe and its webhooks, as production has them', async () => {
    const main = 'services/payment/main.ts';
    const env = environmentFor(main, production);
    assert.equal(env.ORDERLOG_PROVIDER, 'stripe');
    await startsAndStops(main, env);
  });

  async function startsAndStops(main: string, env: Readonly<Record<string, string>>): Promise<void> {
    const run = start([main], env);
    const settled = async () => {
      await said(run, '\n');
      return sleep(SETTLED_MS, 'running');
    };
    assert.equal(await Promise.race([run.exited, settled()]), 'running', run.output());
    run.child.kill('SIGTERM');
    assert.equal(await run.exited, 0, run.output());
  }

  it('has the command line, and its migrations', async () => {
    const help = start(['cli/bin.js', '--help']);
    assert.equal(await help.exited, 0, help.output());
    const nobody = { ORDERLOG_ORDER_MIGRATION_DATABASE_URL: 'postgres://order_owner@127.0.0.1:1/order' };
    const migrating = start(['cli/bin.js', 'migrate', 'order'], nobody);
    await said(migrating, 'cannot be reached yet');
    migrating.child.kill('SIGKILL');
    await migrating.exited;
  });
});
