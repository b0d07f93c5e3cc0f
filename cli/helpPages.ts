/** The help of every command, as it reads off a terminal: for docs/cli.md, and for the test that all have what they must. */
import type { Command } from 'commander';

export interface HelpPage {
  /** Its words, `orderlog` first. */
  readonly path: readonly string[];
  readonly command: Command;
  readonly text: string;
}

const WIDTH = 100;

/** The command itself first, then each below it. */
export function helpPages(command: Command, path: readonly string[] = [command.name()]): readonly HelpPage[] {
  let text = '';
  command.configureOutput({
    writeOut: (written) => {
      text += written;
    },
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  const below = command.commands.flatMap((each) => helpPages(each, [...path, each.name()]));
  return [{ path, command, text }, ...below];
}
