/** `orderlog start`: what `npm start` does. Exit codes: 0 stopped, 1 failed, 2 wrong usage, 78 wrong environment. */
import type { Command } from 'commander';
import { ENVIRONMENT } from '../start/environment.ts';
import { withExamples } from './examples.ts';

interface Flags {
  readonly fresh?: true;
  readonly demo?: true;
}

export function addStartCommand(program: Command): void {
  const command = program
    .command('start')
    .description(
      'Start PostgreSQL, NATS, Elasticsearch and all services on this machine, as `npm start` does, and stop them on Ctrl-C',
    )
    .option('--fresh', 'empty the data folder first')
    .option('--demo', 'place about two orders a second once all is up, so that there is something to see')
    .addHelpText('after', `\n${ENVIRONMENT}`);
  withExamples(command, 'start', 'start --demo').action(async ({ fresh, demo }: Flags) => {
    // No other command needs the launcher.
    const { start } = await import('../start/start.ts');
    process.exit(await start({ fresh: fresh === true, demo: demo === true }));
  });
}
