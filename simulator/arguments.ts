/** The simulator's command line. */
import { parseArgs } from 'node:util';

export interface SimulatorOptions {
  readonly seeds: number | undefined;
  readonly seed: number | undefined;
  readonly minutes: number | undefined;
  readonly json: boolean;
}

export const usage = 'usage: npm run simulate -- [--seeds N] [--seed S] [--minutes M] [--json]\n';

/** Seeds are 32 bits. */
const MAX_SEED = 2 ** 32 - 1;
const MAX_MINUTES = 100_000;

/** A text: what is wrong. */
export function parseArguments(args: readonly string[]): SimulatorOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seeds: { type: 'string' },
        seed: { type: 'string' },
        minutes: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    return {
      seeds: numberOf('--seeds', values.seeds, 1, MAX_SEED),
      seed: numberOf('--seed', values.seed, 0, MAX_SEED),
      minutes: numberOf('--minutes', values.minutes, 1, MAX_MINUTES),
      json: values.json,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function numberOf(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
}
