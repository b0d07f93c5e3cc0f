/** Command lines of the tools that are run by npm: what is wrong with one is said as usage, and not as a fault. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

export class UsageError extends Error {}

/** The options of a command line that has nothing else. Throws UsageError for one that it does not have. */
export function readOptions<const Options extends NonNullable<ParseArgsConfig['options']>>(
  argv: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** An option that is a number of things; `of` names them. Throws UsageError. */
export function wholeNumber(flag: string, text: string, most: number, of = ''): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new UsageError(`${flag} ${text}: give a whole number${of && ` of ${of},`} from 1 to ${most}`);
}

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/**
 * Runs such a tool to its end. Exit code: what `run` gives; 1 it failed by a fault; 2 wrong usage, with the help. `isPlain`: of which
 * faults the message says it all.
 */
export async function runTool(
  run: (argv: readonly string[]) => Promise<number>,
  help: string,
  isPlain: (error: unknown) => boolean = () => false,
): Promise<void> {
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const { message, stack } = error as Error;
    const fault = isPlain(error) ? message : (stack ?? String(error));
    process.stderr.write(`\n${isUsage ? `${message}\n\n${help}` : fault}\n`);
    process.exitCode = isUsage ? EXIT_USAGE : EXIT_FAILED;
  }
}
