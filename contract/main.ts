/** `npm run contract`: see HELP in arguments.ts. */
import { writeFileSync } from 'node:fs';
import { createProgress, type Progress } from '../chaos/progress.ts';
import { StartError } from '../cli/servers/types.ts';
import { runTool } from '../cli/usage.ts';
import { type ContractOptions, HELP, parseArguments, subjectFilter } from './arguments.ts';
import type { Result } from './case.ts';
import { acceptGolden } from './golden.ts';
import { type Image, readImage } from './image.ts';
import { withOwnSystem } from './ownSystem.ts';
import { junitXml } from './report/junit.ts';
import { explain, formatTable, summary } from './report/table.ts';
import { casesOf, runContract } from './run.ts';
import { type Addresses, closeTargets, targetsAt, unreachable } from './targets.ts';

const EXIT_FAILED = 1;
/** How often progress is told, in cases. */
const TOLD_EVERY = 50;

async function run(options: ContractOptions): Promise<number> {
  const image = readImage();
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.acceptGolden) {
    const changed = acceptGolden(image);
    process.stdout.write(`${changed.length > 0 ? changed.join('\n') : 'nothing changed'}\n`);
    return 0;
  }
  const progress = createProgress(process.stderr);
  if (options.addresses) return judgeAt(image, options.addresses, options, progress);
  return judgeOwn(image, options, progress);
}

async function judgeOwn(image: Image, options: ContractOptions, progress: Progress): Promise<number> {
  progress.print('no addresses are given: a system is started here, judged, and stopped again');
  return withOwnSystem(progress, ({ addresses }) => judgeAt(image, addresses, options, progress));
}

async function judgeAt(
  image: Image,
  addresses: Addresses,
  { seed, cases: randomCases, only, junit }: ContractOptions,
  progress: Progress,
): Promise<number> {
  const targets = targetsAt(image, addresses);
  try {
    const plan = { image, targets, seed, randomCases };
    const subjects = subjectFilter(
      only,
      casesOf(plan).map(({ subject }) => subject),
    );
    const silent = await unreachable(targets);
    if (silent.length > 0) {
      progress.print(silent.join('\n'));
      return EXIT_FAILED;
    }
    const results = await runContract({
      ...plan,
      subjects,
      onResult({ subject, name, verdict }, done, all) {
        if (verdict.kind === 'failed') progress.print(`FAILED ${subject}: ${name}`);
        if (done % TOLD_EVERY === 0 || done === all) progress.say(`${done} of ${all} cases: ${subject}`);
      },
    });
    return report(results, seed, junit, progress);
  } finally {
    closeTargets(targets);
  }
}

function report(
  results: readonly Result[],
  seed: number,
  junit: string | undefined,
  progress: Progress,
): number {
  if (junit !== undefined) writeFileSync(junit, junitXml(results));
  progress.print('');
  const wrong = explain(results);
  process.stdout.write(`${formatTable(results)}\n\n${wrong.map((line) => `${line}\n`).join('')}`);
  process.stdout.write(`${summary(results)} (--seed ${seed})\n`);
  const held = results.some(({ verdict }) => verdict.kind === 'held');
  return held && !results.some(({ verdict }) => verdict.kind === 'failed') ? 0 : EXIT_FAILED;
}

await runTool(
  (argv) => run(parseArguments(argv)),
  HELP,
  (error) => error instanceof StartError,
);
