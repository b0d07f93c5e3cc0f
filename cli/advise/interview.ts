/** Asks a person what the tree has to know: one question after the other, each with its answers by number or name. */
import { createInterface } from 'node:readline/promises';
import { OrderlogError } from '../../platform/errors.ts';
import { answersOf, type Needs, type QuestionKey, questionOf } from './questions.ts';
import { walk } from './walk.ts';

/** Returns the needs with what was answered. Throws OrderlogError where the input ends before. */
export async function interview(
  given: Needs,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<Needs> {
  const lines = createInterface({ input, output });
  const typed = lines[Symbol.asyncIterator]();
  try {
    let needs = given;
    for (;;) {
      const way = walk(needs);
      if (way.kind === 'end') return needs;
      output.write(`\n${questionText(way.question)}`);
      needs = { ...needs, [way.question]: await answerTo(way.question, typed, output) };
    }
  } finally {
    lines.close();
  }
}

function questionText(key: QuestionKey): string {
  const { ask, answers } = questionOf(key);
  const choices = Object.entries(answers).map(([name, meaning], at) => `  ${at + 1} ${name}: ${meaning}\n`);
  return `${ask}\n${choices.join('')}`;
}

async function answerTo(
  key: QuestionKey,
  typed: AsyncIterator<string>,
  output: NodeJS.WritableStream,
): Promise<string> {
  const answers = answersOf(key);
  for (;;) {
    output.write('> ');
    const { value, done } = await typed.next();
    if (done) throw missing(key);
    const text = String(value).trim();
    const found = answers.find((answer, at) => answer === text || String(at + 1) === text);
    if (found !== undefined) return found;
    output.write(`Answer with a number from 1 to ${answers.length}, or a name.\n`);
  }
}

/** For where nobody can be asked. */
export const missing = (key: QuestionKey): OrderlogError =>
  new OrderlogError(
    'INVALID_ARGUMENT',
    'ANSWER_MISSING',
    `${questionOf(key).ask} Add --${key} ${answersOf(key).join('|')}`,
  );
