/** The command line of `npm run contract`. */
import { readOptions, UsageError } from '../cli/usage.ts';
import { nearestName } from '../platform/nearestName.ts';
import { type Addresses, checkedAddress, TARGET_NAMES } from './targets.ts';

export const DEFAULT_CASES = 20;

export const HELP = `usage: npm run contract [-- OPTIONS]

Judges an implementation of the contract from outside, by the descriptor image alone: for each rpc, requests made from its
types and rules; idempotency, deadlines, pages; reflection, health; and the golden bytes of the events. It places orders
and puts items of its own. Without addresses it starts a system of its own.

  --order, --catalog, --payment, --query HOST:PORT   where the four services are: all of them, or none
  --only RPC         judges only this rpc (GetOrder, OrderService/GetOrder) or event; may be given again
  --seed N           makes the random requests of this seed (a new one each time; it is told)
  --cases N          random requests for each rpc (${DEFAULT_CASES}); 0: none
  --junit FILE       writes the results as JUnit XML too
  --accept-golden    writes the golden bytes of the events anew, tells what changed, and judges nothing
  --help             shows this

Exit code 0: all held. 1: something did not. 2: wrong usage.
`;

const MAX_CASES = 10_000;
const MAX_SEED = 2 ** 32 - 1;

export interface ContractOptions {
  /** undefined: a system of its own. */
  readonly addresses: Addresses | undefined;
  readonly only: readonly string[];
  readonly seed: number;
  readonly cases: number;
  readonly junit: string | undefined;
  readonly acceptGolden: boolean;
  readonly help: boolean;
}

const OPTIONS = {
  order: { type: 'string' },
  catalog: { type: 'string' },
  payment: { type: 'string' },
  query: { type: 'string' },
  only: { type: 'string', multiple: true },
  seed: { type: 'string' },
  cases: { type: 'string' },
  junit: { type: 'string' },
  'accept-golden': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Throws UsageError. */
export function parseArguments(args: readonly string[]): ContractOptions {
  const values = readOptions(args, OPTIONS);
  return {
    addresses: addressesOf(values),
    only: values.only ?? [],
    seed: numberOf('seed', values.seed, MAX_SEED) ?? Math.floor(Math.random() * MAX_SEED),
    cases: numberOf('cases', values.cases, MAX_CASES) ?? DEFAULT_CASES,
    junit: values.junit,
    acceptGolden: values['accept-golden'] ?? false,
    help: values.help ?? false,
  };
}

function addressesOf(values: Partial<Record<(typeof TARGET_NAMES)[number], string>>): Addresses | undefined {
  const missing = TARGET_NAMES.filter((name) => values[name] === undefined);
  if (missing.length === TARGET_NAMES.length) return undefined;
  if (missing.length > 0) {
    const wanted = missing.map((name) => `--${name} HOST:PORT`).join(', ');
    throw new UsageError(`give the other addresses too, or none: ${wanted}`);
  }
  try {
    const checked = TARGET_NAMES.map((name) => [name, checkedAddress(name, values[name] ?? '')]);
    return Object.fromEntries(checked) as Addresses;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function numberOf(name: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) && Number(text) <= max) return Number(text);
  throw new UsageError(`--${name} ${text}: give a whole number from 0 to ${max}`);
}

/** Whether a subject is one of those asked for. Throws UsageError for a name that none has. */
export function subjectFilter(
  only: readonly string[],
  subjects: readonly string[],
): (subject: string) => boolean {
  const names = [...new Set(subjects)];
  const matches = (subject: string, name: string) =>
    subject === name || ['.', '/', ' '].some((separator) => subject.endsWith(separator + name));
  for (const name of only) {
    if (names.some((subject) => matches(subject, name))) continue;
    const short = names.map((subject) =>
      subject.slice(Math.max(...['.', '/'].map((at) => subject.lastIndexOf(at))) + 1),
    );
    const near = nearestName(name, short);
    throw new UsageError(
      `--only ${name}: nothing of the contract has that name${near ? `; did you mean ${near}?` : ''}`,
    );
  }
  return (subject) => only.length === 0 || only.some((name) => matches(subject, name));
}
