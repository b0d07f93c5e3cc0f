/** The command line of `npm run fuzz`. */
import { readOptions, UsageError } from '../cli/usage.ts';

const DEFAULT_SECONDS = 60;
const SECONDS = { min: 5, max: 86_400 };
const MAX_SEED = 2 ** 32 - 1;

export const HELP = `usage: npm run fuzz [-- OPTIONS]

Asks a system, which it starts for itself, for what nobody should: gRPC requests made from the contract's descriptors, REST
requests made from the OpenAPI document, both right, nearly right and nothing of the kind; and broken frames, headers, HTTP and
bytes. No answer may be a fault, each refusal names what is wrong, no process may end or keep growing.

  --seconds N    for how long (${DEFAULT_SECONDS})
  --seed N       the same inputs as a run that told this seed (a new one each time; it is told)
  --help         shows this

Exit code 0: nothing was found. 1: something was. 2: wrong usage.
`;

export interface FuzzArguments {
  readonly seconds: number;
  readonly seed: number;
  readonly help: boolean;
}

const OPTIONS = {
  seconds: { type: 'string' },
  seed: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Throws UsageError. */
export function parseArguments(argv: readonly string[]): FuzzArguments {
  const { seconds, seed, help = false } = readOptions(argv, OPTIONS);
  return {
    seconds: numberOf('seconds', seconds, SECONDS) ?? DEFAULT_SECONDS,
    seed: numberOf('seed', seed, { min: 0, max: MAX_SEED }) ?? Math.floor(Math.random() * MAX_SEED),
    help,
  };
}

function numberOf(
  name: string,
  text: string | undefined,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} ${text}: give a whole number from ${min} to ${max}`);
}
