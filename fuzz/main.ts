/** `npm run fuzz`: see HELP in arguments.ts. */
import { createProgress } from '../chaos/progress.ts';
import { StartError } from '../cli/servers/types.ts';
import { runTool } from '../cli/usage.ts';
import { withOwnSystem } from '../contract/ownSystem.ts';
import { type FuzzArguments, HELP, parseArguments } from './arguments.ts';
import { readProcesses } from './processes.ts';
import { findingText, triedLines } from './report.ts';
import { runFuzz } from './run.ts';
import { kindsAt } from './system.ts';

const EXIT_FAILED = 1;
/** How often progress is told, in looks at the processes. */
const TOLD_EVERY = 5;

async function run({ seconds, seed, help }: FuzzArguments): Promise<number> {
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const progress = createProgress(process.stderr);
  progress.print(`${seconds} s of nonsense (--seed ${seed}), asked of a system that is started here`);
  return withOwnSystem(progress, async (system) => {
    const kinds = await kindsAt(system.all);
    try {
      let looks = 0;
      const report = await runFuzz({
        kinds,
        seconds,
        seed,
        read: () => readProcesses(system.all.admin),
        onProgress(tried) {
          looks += 1;
          if (looks % TOLD_EVERY === 0) progress.say(`${tried} inputs`);
        },
      });
      progress.print('');
      for (const finding of report.findings) process.stdout.write(`${findingText(finding)}\n\n`);
      process.stdout.write(`${triedLines(report).join('\n')}\n`);
      const { length } = report.findings;
      process.stdout.write(`${length === 0 ? 'nothing was' : `${length} were`} found (--seed ${seed})\n`);
      return length === 0 ? 0 : EXIT_FAILED;
    } finally {
      for (const each of kinds) each.close();
    }
  });
}

await runTool(
  (argv) => run(parseArguments(argv)),
  HELP,
  (error) => error instanceof StartError,
);
