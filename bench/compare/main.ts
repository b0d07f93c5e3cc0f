/** `npm run compare`: see HELP. Exit codes: 0 all measured, 1 a run failed, 2 wrong usage. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { createProgress } from '../../chaos/progress.ts';
import { projectFolder } from '../../cli/start/serviceParts.ts';
import { table } from '../../cli/table.ts';
import { readOptions, UsageError } from '../../cli/usage.ts';
import { interruptible } from '../interruptible.ts';
import { compare } from './compare.ts';
import type { Comparison } from './figures.ts';
import { FIGURES_FILE, FULL_FOLDER, QUICK_FOLDER } from './folders.ts';
import { fullPlan, loadSeconds, type Plan, quickPlan } from './plan.ts';
import { claimsTable, criteriaTable } from './report/articleTables.ts';
import { filesOf } from './report/page.ts';
import { figuresTable } from './report/tables.ts';

const HELP = `usage: npm run compare [-- OPTIONS]

Runs the same load over six architectures of this one code base, each a configuration of it, and prints what was measured
beside what is said of them. Takes about 15 minutes; everything runs on this machine.

  --quick       about 3 minutes, to see that all works; its figures are rough
  --rounds N    so many rounds (${fullPlan.rounds}; quick ${quickPlan.rounds})
  --render      makes the page anew from the figures that are there
  --out DIR     where the page, its plots and the figures go (${FULL_FOLDER}; quick ${QUICK_FOLDER})
  --help        shows this
`;
const MAX_ROUNDS = 20;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const OPTIONS = {
  quick: { type: 'boolean' },
  rounds: { type: 'string' },
  render: { type: 'boolean' },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function planOf({ quick, rounds }: { quick?: boolean; rounds?: string }): Plan {
  const plan = quick ? quickPlan : fullPlan;
  if (rounds === undefined) return plan;
  const value = Number(rounds);
  if (Number.isInteger(value) && value >= 1 && value <= MAX_ROUNDS) return { ...plan, rounds: value };
  throw new UsageError(`--rounds ${rounds}: give a whole number from 1 to ${MAX_ROUNDS}`);
}

async function run(argv: readonly string[]): Promise<number> {
  const values = readOptions(argv, OPTIONS);
  const plan = planOf(values);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const out = values.out ?? (values.quick ? QUICK_FOLDER : FULL_FOLDER);
  const folder = isAbsolute(out) ? out : join(projectFolder, out);
  write(folder, values.render ? kept(folder) : await measured(plan));
  return 0;
}

function kept(folder: string): Comparison {
  const file = join(folder, FIGURES_FILE);
  if (!existsSync(file)) throw new UsageError(`--render: there is no ${file}; leave it out to measure`);
  return JSON.parse(readFileSync(file, 'utf8')) as Comparison;
}

/** Prints the tables too. */
function write(folder: string, comparison: Comparison): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(filesOf(comparison))) writeFileSync(join(folder, name), text);
  for (const each of [figuresTable(comparison), criteriaTable(comparison), claimsTable(comparison)])
    process.stdout.write(`${table([each.head, ...each.rows])}\n`);
  process.stdout.write(`Written to ${folder}: README.md, index.html, ${FIGURES_FILE}, plots\n`);
}

async function measured(plan: Plan): Promise<Comparison> {
  const { say, print } = createProgress(process.stderr);
  print(`${plan.rounds} x 6 runs with ${loadSeconds(plan)} s of load each`);
  return interruptible((signal) => compare({ plan, say, print, signal }));
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError;
  const message = (error as Error).message;
  process.stderr.write(`\n${isUsage ? `${message}\n\n${HELP}` : `compare: ${message}\n`}`);
  process.exitCode = isUsage ? EXIT_USAGE : EXIT_FAILED;
}
