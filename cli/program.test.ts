import assert from 'node:assert/strict';
import { type Command, CommanderError } from 'commander';
import { describe, it } from 'mocha';
import { helpPages } from './helpPages.ts';
import { createProgram } from './program.ts';

/** Their output is a script, or that of what they start. */
const WITHOUT_JSON = ['orderlog completion', 'orderlog start', 'orderlog compare'];

describe('the command line', () => {
  const pages = helpPages(createProgram()).slice(1);

  for (const { path, command, text } of pages) {
    const name = path.join(' ');
    it(`${name} says what it does, shows how, and refuses what it does not know`, async () => {
      assert.match(command.description(), /^[A-Z].{10,}/);
      assert.match(text, new RegExp(`\nExamples?:\n(  orderlog .*\n)*  ${name}\\b`), `no example of ${name}`);
      const refusal = await refusalOf(path.slice(1), '--no-such-option');
      assert.ok(refusal.exitCode !== 0);
      assert.match(refusal.message, /unknown option '--no-such-option'|outputHelp/);
    });
    if (command.commands.length > 0 || WITHOUT_JSON.includes(name)) continue;
    it(`${name} speaks JSON`, () => assert.ok(command.options.some(({ long }) => long === '--json')));
  }

  it('has orders placed by `order` alone, as by `order place`', async () => {
    const refusal = await refusalOf(['order', '--quantity', 'many'], '');
    assert.match(refusal.message, /option '--quantity <pieces>' argument 'many' is invalid/);
  });

  /** Arguments that a command needs are given, so that only the option is wrong. */
  async function refusalOf(path: readonly string[], option: string): Promise<CommanderError> {
    const program = createProgram();
    quiet(program);
    const found = path.reduce<Command | undefined>(
      (command, word) => command?.commands.find((each) => each.name() === word),
      program,
    );
    const needed = found?.registeredArguments.filter(({ required }) => required) ?? [];
    const values = needed.map(({ argChoices }) => argChoices?.[0] ?? '18e37589-93f2-5565-98db-319ed6ce1b02');
    const mandatory = (found?.options ?? []).flatMap(({ mandatory: must, long, argChoices }) =>
      must && long ? [long, argChoices?.[0] ?? '1'] : [],
    );
    const args = [...path, ...values, ...mandatory, ...(option === '' ? [] : [option])];
    try {
      await program.parseAsync(args, { from: 'user' });
    } catch (error) {
      assert.ok(error instanceof CommanderError, String(error));
      return error;
    }
    return assert.fail(`orderlog ${args.join(' ')} was not refused`);
  }

  function quiet(command: Command): void {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    command.commands.forEach(quiet);
  }
});
