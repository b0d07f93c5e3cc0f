/**
 * `orderlog compare`: hands over to `npm run compare` (bench/compare), which is the project's and in no image.
 * Exit codes: 0 all measured, 1 a run failed, 2 wrong usage.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { OrderlogError } from '../../platform/errors.ts';
import { projectFolder } from '../start/serviceParts.ts';
import { withExamples } from './examples.ts';

interface Flags {
  readonly quick?: true;
  readonly rounds?: string;
  readonly render?: true;
  readonly out?: string;
}

const MAIN = join(projectFolder, 'bench', 'compare', 'main.ts');
const EXIT_FAILED = 1;

export function addCompareCommand(program: Command): void {
  const command = program
    .command('compare')
    .description(
      'Measure the article’s six architectures beside each other on this machine, as `npm run compare` does',
    )
    .option('--quick', 'in about 3 minutes, to see that all works; its figures are rough')
    .option('--rounds <n>', 'so many rounds')
    .option('--render', 'make the page anew from the figures that are there')
    .option('--out <dir>', 'where the page, its plots and the figures go');
  withExamples(command, 'compare --quick').action(async (flags: Flags) => {
    process.exitCode = await handOver(argumentsOf(flags));
  });
}

const argumentsOf = ({ quick, rounds, render, out }: Flags): readonly string[] => [
  ...(quick ? ['--quick'] : []),
  ...(rounds === undefined ? [] : ['--rounds', rounds]),
  ...(render ? ['--render'] : []),
  ...(out === undefined ? [] : ['--out', out]),
];

async function handOver(args: readonly string[]): Promise<number> {
  if (!existsSync(MAIN)) {
    const message = 'compare needs the project with its benchmarks: run it in a clone';
    throw new OrderlogError('FAILED_PRECONDITION', 'NO_BENCHMARKS', message);
  }
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: 'inherit' });
  // A terminal tells both of Ctrl-C; this one waits for what the other makes of it.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? EXIT_FAILED;
}
