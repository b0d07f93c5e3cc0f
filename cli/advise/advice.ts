/** A recommendation as data, and as a person reads it. Pure. */
import { ARCHITECTURES, type ArchitectureName } from '../architectures.ts';
import { costsOf, type Evidence, groundsOf } from './evidence.ts';
import type { Kept } from './lastComparison.ts';
import type { Needs, QuestionKey } from './questions.ts';
import { type Answered, unasked, type Way } from './walk.ts';

export interface Advice {
  readonly recommendation: ArchitectureName;
  readonly what: string;
  readonly because: readonly Answered[];
  /** Answers that were given, and made no difference. */
  readonly notAsked: readonly QuestionKey[];
  /** Undefined: nothing was ever compared. */
  readonly comparison: { readonly file: string; readonly time: string; readonly rounds: number } | undefined;
  readonly grounds: readonly Evidence[];
  readonly costs: readonly Evidence[];
  /** Settings that `npm start` takes. */
  readonly env: Readonly<Record<string, string>>;
}

export function adviceOf(way: Extract<Way, { kind: 'end' }>, needs: Needs, kept: Kept | undefined): Advice {
  const { architecture } = way;
  const { what, env } = ARCHITECTURES[architecture];
  const { file, comparison } = kept ?? {};
  return {
    recommendation: architecture,
    what,
    because: way.answered,
    notAsked: unasked(needs, way),
    comparison:
      file === undefined || !comparison
        ? undefined
        : { file, time: comparison.time, rounds: comparison.plan.rounds },
    grounds: comparison ? groundsOf(comparison, architecture) : [],
    costs: comparison ? costsOf(comparison, architecture) : [],
    env,
  };
}

export function adviceText(advice: Advice): string {
  const { recommendation, what, because, notAsked, comparison, grounds, costs, env } = advice;
  const figures = comparison
    ? [
        '',
        `The last comparison (${comparison.time.slice(0, 10)}, ${rounds(comparison.rounds)}, ${comparison.file}) says`,
        ...grounds.map(groundLine),
        '',
        costs.length > 0 ? 'It costs' : 'It costs no more than any other',
        ...costs.map((cost) => `  ${evidenceText(cost)}`),
      ]
    : ['', 'Nothing was compared on this machine yet: npm run compare'];
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return `${[
    `Recommended: ${recommendation} (${what})`,
    '',
    'Because',
    ...because.map(({ question, answer, why }) => `  ${question} ${answer}: ${why}`),
    ...(notAsked.length > 0 ? [`  It makes no difference here: ${notAsked.join(', ')}`] : []),
    ...figures,
    '',
    'Run it',
    `  ${settings.join(' ')} npm start`,
  ].join('\n')}\n`;
}

const rounds = (count: number): string => (count === 1 ? '1 round' : `${count} rounds`);

function groundLine(evidence: Evidence): string {
  const { speaksFor } = evidence;
  const mark = speaksFor === undefined ? '≈' : speaksFor ? '✓' : '✗';
  const doubt = speaksFor ? '' : speaksFor === undefined ? ': no difference' : ': it speaks against it';
  return `  ${mark} ${evidenceText(evidence)}${doubt}`;
}

const evidenceText = ({ what, figure, than, thanFigure }: Evidence): string =>
  `${what}: ${figure}, and ${thanFigure} with ${than}`;
