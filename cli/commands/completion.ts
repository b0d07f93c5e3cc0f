/** `orderlog completion`: what a shell needs to complete commands and options. Needs no running system. */
import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion/scripts.ts';
import { placesOf } from '../completion/tree.ts';
import { withExamples } from './examples.ts';

export function addCompletionCommand(program: Command): void {
  const command = program
    .command('completion')
    .description('Print a script that has a shell complete commands and options')
    .addArgument(new Argument('<shell>', 'which').choices(SHELLS));
  withExamples(
    command,
    'completion bash > ~/.local/share/bash-completion/completions/orderlog',
    'completion zsh > "$' + '{fpath[1]}/_orderlog"',
    'completion fish > ~/.config/fish/completions/orderlog.fish',
  ).action((shell: Shell) => {
    process.stdout.write(completionScript(shell, placesOf(program)));
  });
}
