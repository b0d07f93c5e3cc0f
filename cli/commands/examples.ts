/** Every command shows how it is called, below its options; docs/cli.md and a test rely on that. */
import type { Command } from 'commander';

/** Each without the `orderlog` before it; what follows two spaces and a # is a remark. */
export const withExamples = (command: Command, ...examples: readonly string[]): Command =>
  command.addHelpText(
    'after',
    `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n${examples.map((each) => `  orderlog ${each}`).join('\n')}`,
  );
