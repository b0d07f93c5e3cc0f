/** What the simulator prints: for people, or one line of JSON. */
import type { Search } from './campaign.ts';
import { named } from './names.ts';
import type { Run } from './simulate.ts';

const FIRST_LINES = 150;
const LAST_LINES = 30;

export function tellSearch({ broken, seconds, cpuSeconds, ...tally }: Search, json: boolean): void {
  const sagasPerSecond = Math.round(tally.sagas / seconds);
  const sagasPerCpuSecond = Math.round(tally.sagas / cpuSeconds);
  if (json) {
    const found = broken && { seed: broken.seed, ...violationOf(broken.run), words: broken.shrunk.words };
    const rates = { seconds: Math.round(seconds * 10) / 10, sagasPerSecond, sagasPerCpuSecond };
    print(JSON.stringify({ ...tally, ...rates, broken: found ?? null }));
    return;
  }
  if (broken) tellBroken(broken);
  const counts = `${count(tally.seeds)} seeds, ${count(tally.sagas)} sagas, ${count(tally.steps)} steps`;
  const rate = `${count(sagasPerSecond)} sagas a second, ${count(sagasPerCpuSecond)} a second of CPU time`;
  const result = broken ? `seed ${broken.seed} breaks a promise` : 'every promise was kept';
  print(`${counts} in ${seconds.toFixed(1)} s (${rate}): ${result}`);
}

function tellBroken({ seed, run, shrunk }: NonNullable<Search['broken']>): void {
  print(`\nseed ${seed}: ${whatIsBroken(run)}`);
  print(`the same in ${shrunk.sagas} orders and ${shrunk.choices.size} choices:\n`);
  for (const line of elided(shrunk.words)) print(line);
  print(`\n${whatIsBroken(shrunk)}`);
  print(`the whole run: npm run simulate -- --seed ${seed}\n`);
}

export function tellRun(seed: number, run: Run, json: boolean): void {
  const { words, sagas, steps } = run;
  if (json) {
    print(JSON.stringify({ seed, sagas, steps, broken: violationOf(run) ?? null, words }));
    return;
  }
  for (const line of words) print(line);
  print(`\nseed ${seed}, ${sagas} orders, ${steps} steps: ${whatIsBroken(run)}`);
}

const violationOf = ({ violation }: Run) =>
  violation && { invariant: violation.invariant, message: named(violation.message) };

function whatIsBroken({ violation }: Run): string {
  if (!violation) return 'every promise was kept';
  if (violation.invariant === 'bug') return `something threw: ${violation.stack}`;
  const promise = violation.invariant === 'rest' ? 'rest' : `invariant ${violation.invariant}`;
  return `${promise} is broken: ${named(violation.message)}`;
}

/** What does not come to rest goes on for long, and nobody reads it all. */
function elided(words: readonly string[]): readonly string[] {
  const left = words.length - FIRST_LINES - LAST_LINES;
  if (left <= 0) return words;
  return [...words.slice(0, FIRST_LINES), `... ${count(left)} lines ...`, ...words.slice(-LAST_LINES)];
}

const count = (n: number): string => n.toLocaleString('en');

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
