/** For tools that are one file: wrong usage is told, and ends the process (2). */
import { wholeNumber as read, UsageError } from '../cli/usage.ts';

export function wholeNumber(flag: string, text: string, most: number): number {
  try {
    return read(flag, text, most);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}
