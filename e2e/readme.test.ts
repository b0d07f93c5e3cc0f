import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { ownFolder } from '../cli/servers/testing.ts';
import { layoutOf } from '../cli/start/layout.ts';
import { fill, learn, readmeCommands, type Told } from './support/readme.ts';
import { type System, startOwn } from './support/system.ts';

const root = join(import.meta.dirname, '..');
/** What installs, starts and tests: the test has done so already. */
const STARTS = /^(?:npm ci && )?npm (?:start|test)\b/;
/** What only looks may look again: what it waits for comes in its own time. */
const LOOKS = /GetOrder|^curl '|breaker_state|parked list|explain|order list|events tail|doctor|audit/;
const LOOK_WITHIN_MS = 60_000;
const ERROR_ANSWER = /"status":\s*[45]\d\d\b/;

/** The README is the input: a command in it that stops working fails here. */
describe("the README's commands", function () {
  this.timeout(300_000);
  const commands = readmeCommands(join(root, 'README.md'));
  const toRun = commands.filter((command) => !STARTS.test(command));
  const told: Told = {};
  let system: System;
  let bin: string;
  before(async () => {
    // Its own: the audit at the end finds what other tests do behind the back of the services.
    system = await startOwn('readme', {});
    bin = programs();
  });
  after(() => system?.stop());

  /** Stands in for what is not on this machine: grpcurl by reflection too (support/grpcurl.ts), uuidgen by Node. */
  function programs(): string {
    const folder = ownFolder('readme-bin');
    const standIns = {
      grpcurl: `exec ${process.execPath} ${join(root, 'e2e/support/grpcurl.ts')} "$@"`,
      uuidgen: `exec ${process.execPath} -p 'crypto.randomUUID()'`,
    };
    for (const [name, body] of Object.entries(standIns)) {
      if (isThere(name)) continue;
      const file = join(folder, name);
      writeFileSync(file, `#!/bin/sh\n${body}\n`);
      chmodSync(file, 0o755);
    }
    return folder;
  }

  const isThere = (program: string): boolean => {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`]);
      return true;
    } catch {
      return false;
    }
  };

  /** The usual addresses become this system's. */
  const here = (command: string): string => {
    const { addresses, sandboxAddress } = layoutOf(system.local.dataDir, system.local.portBase);
    const { gateway, order, catalog, payment, http, admin } = addresses;
    const all = {
      '127.0.0.1:50050': gateway,
      '127.0.0.1:50051': order,
      '127.0.0.1:50052': catalog,
      '127.0.0.1:50053': payment,
      '127.0.0.1:50065': sandboxAddress,
      '127.0.0.1:50083': admin.payment,
      '127.0.0.1:8080': http,
    };
    return Object.entries(all).reduce((text, [from, to]) => text.replaceAll(from, to), command);
  };

  const run = (command: string) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const { portBase, dataDir } = system.local;
      const env = {
        ...process.env,
        PATH: `${bin}:${process.env.PATH}`,
        ORDERLOG_PORT_BASE: portBase,
        ORDERLOG_DATA_DIR: dataDir,
      };
      const options = { env, cwd: root, timeout: 120_000 };
      const child = execFile('bash', ['-o', 'pipefail', '-c', command], options, (_, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });

  /** What must be seen, beside an exit without error. */
  const seen: readonly [command: RegExp, output: RegExp][] = [
    [/^npx orderlog dev kill payment/, /^killed payment \(process \d+\): it is started again in \d+ s$/m],
    [/^npx orderlog order watch/, /\nORDER_STATUS_COMPLETED/],
    [/breaker_state/, /state="open".* 1$/m],
    [/^npx orderlog parked list/, /planted by orderlog dev poison/],
    [/^npx orderlog parked replay/, /^1 replayed, 0 failed again, 0 still parked$/m],
    [/^npx orderlog doctor/, /, 0 failures, in /],
  ];

  it('are found, and fewer start a system than do something with it', () => {
    assert.ok(toRun.length >= 20, toRun.join('\n'));
    assert.ok(commands.length - toRun.length <= 3);
  });

  it('starts with options that there are', async () => {
    const { stdout } = await run('npm start -- --help');
    for (const [option] of commands.join('\n').matchAll(/(?<=npm start -- )--[a-z]+/g)) {
      assert.ok(stdout.includes(`  ${option} `), option);
    }
    const wrong = await run('node cli/start/main.ts --demmo');
    assert.match(wrong.stderr, /Unknown option '--demmo'/);
    assert.equal(wrong.code, 2);
  });

  for (const command of toRun) {
    it(`works: ${command.slice(0, 90)}`, () => {
      const filled = here(fill(command, told));
      const check = async () => {
        const { code, stdout, stderr } = await run(filled);
        assert.equal(code, 0, `${filled}\n${stdout}\n${stderr}`);
        assert.doesNotMatch(stdout, ERROR_ANSWER);
        learn(told, stdout);
        for (const [of, output] of seen) if (of.test(command)) assert.match(stdout, output);
      };
      return LOOKS.test(command) ? system.until(check, LOOK_WITHIN_MS) : check();
    });
  }
});
