/** The way through the tree by what is known of the needs. Pure. */
import type { ArchitectureName } from '../architectures.ts';
import { type Needs, QUESTION_KEYS, type QuestionKey } from './questions.ts';
import { type Node, TREE } from './tree.ts';

export interface Answered {
  readonly question: QuestionKey;
  readonly answer: string;
  readonly why: string;
}

export type Way =
  | { readonly kind: 'end'; readonly answered: readonly Answered[]; readonly architecture: ArchitectureName }
  /** `question` has to be answered first. */
  | { readonly kind: 'question'; readonly answered: readonly Answered[]; readonly question: QuestionKey };

export function walk(needs: Needs, tree: Node = TREE): Way {
  const answered: Answered[] = [];
  let node = tree;
  while (node.kind === 'question') {
    const { question } = node;
    const answer = needs[question];
    const steps: Readonly<Record<string, { readonly why: string; readonly to: Node }>> = node.answers;
    const step = answer === undefined ? undefined : steps[answer];
    if (answer === undefined || !step) return { kind: 'question', answered, question };
    answered.push({ question, answer, why: step.why });
    node = step.to;
  }
  return { kind: 'end', answered, architecture: node.architecture };
}

/** Needs that were given, and made no difference. */
export const unasked = (needs: Needs, { answered }: Way): readonly QuestionKey[] =>
  QUESTION_KEYS.filter(
    (key) => needs[key] !== undefined && !answered.some(({ question }) => question === key),
  );
