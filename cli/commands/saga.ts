/** `orderlog saga`: the sagas as the contract defines them. Needs no running system. */
import { type Command, Option } from 'commander';
import { readSaga, sagaNames } from '../../platform/saga/definition.ts';
import { lintText } from '../saga/lint.ts';
import { registeredPolicies } from '../saga/policies.ts';
import { FORMATS, type Format, sagaText } from '../saga/show.ts';
import { withExamples } from './examples.ts';

const EXIT_FINDINGS = 1;
const DEFAULT_SAGA = 'place-order';

export function addSagaCommand(program: Command): void {
  const saga = withExamples(
    program
      .command('saga')
      .description('See and check how an order is carried out, as the contract defines it'),
    'saga show',
  );
  const show = saga
    .command('show')
    .description('A saga as tables or as a diagram: steps, ends, and the ways back')
    .argument('[saga]', 'its name', DEFAULT_SAGA)
    .addOption(new Option('--format <format>', 'how').choices(FORMATS).default('table'))
    .addOption(new Option('--json', 'the same as --format json').implies({ format: 'json' }));
  withExamples(show, 'saga show', 'saga show --format svg > saga.svg').action(
    (name: string, { format }: { format: Format }) => {
      process.stdout.write(sagaText(readSaga(name), format));
    },
  );
  const lint = saga
    .command('lint')
    .description(
      'Check all sagas and the policies that the services have registered; exit code 1 if there are findings',
    )
    .option('--json', 'a line of JSON for each saga');
  withExamples(lint, 'saga lint').action(({ json }: { json?: true }) => {
    for (const name of sagaNames()) {
      const { text, findings } = lintText(readSaga(name), registeredPolicies);
      process.stdout.write(json ? `${JSON.stringify({ saga: name, findings })}\n` : text);
      if (findings.length > 0) process.exitCode = EXIT_FINDINGS;
    }
  });
}
