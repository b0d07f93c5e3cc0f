/** The command line of the benchmark. */
import { readOptions, UsageError, wholeNumber } from '../../cli/usage.ts';
import { SECTION_IDS, type SectionId } from './figures.ts';
import { fullPlan, type Plan, quickPlan } from './plan.ts';

const FULL_FOLDER = 'docs';
const QUICK_FOLDER = '.orderlog/performance';
const MAX_ROUNDS = 50;
const MAX_SECONDS = 600;

export const HELP = `usage: npm run bench [-- OPTIONS]

Measures Orderlog beside what one would use instead and beside the limits of its servers, in turns of one run on this
machine, and makes a page of it, with ratios, targets and plots. Takes about two hours.

  --quick       below ten minutes, to see that all works; its figures are rough
  --only LIST   these sections: ${SECTION_IDS.join(',')}; the page keeps the others
  --rounds N    so many rounds (${fullPlan.rounds}; quick ${quickPlan.rounds})
  --seconds N   about so long a turn (${fullPlan.seconds}; quick ${quickPlan.seconds})
  --report      makes the page anew from the figures that are there
  --out DIR     where the page, its plots and the figures go (${FULL_FOLDER}; quick ${QUICK_FOLDER})
  --help        shows this
`;

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  only: { type: 'string' },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  report: { type: 'boolean', default: false },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export interface Order {
  readonly plan: Plan;
  readonly quick: boolean;
  readonly only: readonly SectionId[];
  readonly report: boolean;
  readonly out: string;
}

/** Throws UsageError. */
export function orderOf(argv: readonly string[]): Order | 'help' {
  const { quick, only, rounds, seconds, report, out, help } = readOptions(argv, OPTIONS);
  if (help) return 'help';
  const plan = quick ? quickPlan : fullPlan;
  return {
    plan: {
      ...plan,
      rounds: rounds === undefined ? plan.rounds : wholeNumber('--rounds', rounds, MAX_ROUNDS),
      seconds: seconds === undefined ? plan.seconds : wholeNumber('--seconds', seconds, MAX_SECONDS),
    },
    quick,
    only: only === undefined ? SECTION_IDS : only.split(',').map(sectionId),
    report,
    out: out ?? (quick ? QUICK_FOLDER : FULL_FOLDER),
  };
}

function sectionId(name: string): SectionId {
  const found = SECTION_IDS.find((id) => id === name.trim());
  if (!found)
    throw new UsageError(`--only ${name}: there is no such section; there are ${SECTION_IDS.join(', ')}`);
  return found;
}
