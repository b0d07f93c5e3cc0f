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
