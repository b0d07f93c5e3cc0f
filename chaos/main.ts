/** `npm run chaos`: see HELP. Exit codes: 0 all clean, 1 a fault was not survived as promised, 2 wrong usage. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { stopTestServers, testFolder } from '../cli/servers/testing.ts';
import { hurry } from '../cli/servers/watchdog.ts';
import { onInterrupt } from '../cli/start/interrupts.ts';
import { readOptions, runTool, UsageError, wholeNumber } from '../cli/usage.ts';
import { nearestName } from '../platform/nearestName.ts';
import { runChaos } from './chaos.ts';
import type { Fault } from './fault.ts';
import { faults } from './faults/all.ts';
import { createProgress } from './progress.ts';
import { explain, formatTable, isClean, notRunRow, rowOf } from './table.ts';

const HELP = `usage: npm run chaos [-- OPTIONS]

Runs the whole system on real servers under load, does it harm in many ways, heals it, waits until it has come to rest,
and checks that nothing is lost and nothing doubled.

  --list         shows all faults, what each does and what must be seen
  --fault NAME   runs only this one; may be given again
  --short        runs a few that stand for all
  --load N       orders placed a second (20)
  --json FILE    writes what was found to a file
  --data DIR     keeps the systems' folders there: logs, journals, data
  --help         shows this
`;
const DEFAULT_LOAD = 20;
const MAX_LOAD = 1_000;
const EXIT_FAILED = 1;

const OPTIONS = {
  list: { type: 'boolean' },
  fault: { type: 'string', multiple: true },
  short: { type: 'boolean' },
  load: { type: 'string', default: String(DEFAULT_LOAD) },
  json: { type: 'string' },
  data: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function chosen(names: readonly string[] | undefined, short: boolean): readonly Fault[] {
  if (names && short) throw new UsageError('give --fault or --short, not both');
  if (short) return faults.filter((fault) => fault.short);
  if (!names) return faults;
  return names.map((name) => {
    const fault = faults.find((each) => each.name === name);
    if (fault) return fault;
    const near = nearestName(
      name,
      faults.map((each) => each.name),
    );
    throw new UsageError(
      `--fault ${name}: there is none of that name${near ? `, did you mean ${near}?` : ''} (--list shows all)`,
    );
  });
}

const list = (): string =>
  faults.map(({ name, what, expect }) => `${name}\n    ${what}\n    must be seen: ${expect}\n`).join('');

async function run(argv: readonly string[]): Promise<number> {
  const values = readOptions(argv, OPTIONS);
  const wanted = chosen(values.fault, values.short ?? false);
  const ratePerSecond = wholeNumber('--load', values.load, MAX_LOAD, 'orders a second');
  if (values.help || values.list) {
    process.stdout.write(values.help ? HELP : list());
    return 0;
  }
  // What runs is ended by the watchdog as soon as this process is gone.
  const end = () => {
    hurry();
    process.exit(EXIT_FAILED);
  };
  const ignore = onInterrupt(end, end);
  const progress = createProgress(process.stderr);
  const folder = values.data === undefined ? testFolder() : resolve(values.data);
  mkdirSync(folder, { recursive: true });
  try {
    const outcomes = await runChaos(wanted, {
      folder,
      env: process.env,
      ratePerSecond,
      tell: progress.say,
      onOutcome(outcome) {
        if ('notRun' in outcome) return progress.print(`${outcome.fault.name}: NOT RUN: ${outcome.notRun}`);
        const lines = [rowOf(outcome.result).filter(Boolean).join('  '), ...explain(outcome.result)];
        for (const line of lines) progress.print(line);
      },
    });
    if (values.json) writeFileSync(values.json, `${JSON.stringify(outcomes, null, 2)}\n`);
    const rows = outcomes.map((outcome) =>
      'notRun' in outcome ? notRunRow(outcome.fault.name, outcome.notRun) : rowOf(outcome.result),
    );
    const results = outcomes.flatMap((outcome) => ('result' in outcome ? [outcome.result] : []));
    const failed = results.filter((result) => !isClean(result)).length;
    const notRun = outcomes.length - results.length;
    progress.print('');
    process.stdout.write(
      `${formatTable(rows)}\n\n${results.length - failed} survived, ${failed} failed, ${notRun} not run\n`,
    );
    return failed > 0 || results.length === 0 ? EXIT_FAILED : 0;
  } finally {
    ignore();
    await stopTestServers();
  }
}

await runTool(run, HELP);
