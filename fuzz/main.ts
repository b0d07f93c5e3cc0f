/** `npm run fuzz`: see HELP in arguments.ts. */
import { createProgress } from '../chaos/progress.ts';
import { StartError } from '../cli/servers/types.ts';
import { hurry } from '../cli/servers/watchdog.ts';
import { onInterrupt } from '../cli/start/interrupts.ts';
import { UsageError } from '../cli/usage.ts';
import { startOwnSystem } from '../contract/ownSystem.ts';
import { type FuzzArguments, HELP, parseArguments } from './arguments.ts';
import { readProcesses } from './processes.ts';
import { findingText, triedLines } from './report.ts';
import { runFuzz } from './run.ts';
import { kindsAt } from './system.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** How often progress is told, in looks at the processes. */
const TOLD_EVERY = 5;

async function run({ seconds, seed, help }: FuzzArguments): Promise<number> {
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const progress = createProgress(process.stderr);
  progress.print(`${seconds} s of nonsense (--seed ${seed}), asked of a system that is started here`);
  const giveUp = new AbortController();
  const end = () => {
    hurry();
    process.exit(EXIT_FAILED);
  };
  const ignore = onInterrupt(() => giveUp.abort(), end);
  try {
    const system = await startOwnSystem(giveUp.signal, progress.say);
    giveUp.signal.addEventListener('abort', end);
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
      progress.say('the system stops');
      await system.stop();
    }
  } finally {
    ignore();
  }
}

try {
  process.exitCode = await run(parseArguments(process.argv.slice(2)));
} catch (error) {
  const isUsage = error instanceof UsageError;
  const isPlain = isUsage || error instanceof StartError;
  const { message, stack } = error as Error;
  process.stderr.write(`\n${isPlain ? message : (stack ?? message)}\n${isUsage ? `\n${HELP}` : ''}`);
  process.exitCode = isUsage ? EXIT_USAGE : EXIT_FAILED;
}
