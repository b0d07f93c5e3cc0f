/** `orderlog advise`: which architecture fits the needs, with figures of the last comparison. Needs no running system. */
import { type Command, Option } from 'commander';
import { adviceOf, adviceText } from '../advise/advice.ts';
import { interview, missing } from '../advise/interview.ts';
import { lastComparison } from '../advise/lastComparison.ts';
import { answersOf, type Needs, QUESTION_KEYS, questionOf } from '../advise/questions.ts';
import { walk } from '../advise/walk.ts';
import { withExamples } from './examples.ts';

interface AdviseFlags extends Needs {
  readonly json?: true;
  readonly comparison?: string;
}

const HELP = `
What is not said by a flag is asked, where somebody can be asked; only what makes a difference has to be known.`;

export function addAdviseCommand(program: Command): void {
  const command = program
    .command('advise')
    .description('Choose an architecture by what is needed, with the figures of the last comparison');
  for (const key of QUESTION_KEYS) {
    command.addOption(new Option(`--${key} <answer>`, questionOf(key).ask).choices(answersOf(key)));
  }
  command
    .option('--comparison <file>', 'figures of another comparison than the newest')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', HELP);
  withExamples(
    command,
    'advise',
    'advise --history none --reads light --teams one --answer accepted --workflow simple',
  ).action(run);
}

async function run({ json, comparison, ...flags }: AdviseFlags): Promise<void> {
  const kept = lastComparison(comparison);
  const canAsk = process.stdin.isTTY && !json;
  const needs = canAsk ? await interview(flags, process.stdin, process.stdout) : flags;
  const way = walk(needs);
  if (way.kind === 'question') throw missing(way.question);
  const advice = adviceOf(way, needs, kept);
  process.stdout.write(json ? `${JSON.stringify(advice)}\n` : `${canAsk ? '\n' : ''}${adviceText(advice)}`);
}
