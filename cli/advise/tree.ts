/**
 * The decision tree, as data: each question leads by its answer to the next, or to an architecture. It chooses by need: whoever
 * needs neither history nor heavy reads gets a saga, and the simplest where that is enough.
 */
import type { ArchitectureName } from '../architectures.ts';
import type { AnswerTo, QuestionKey } from './questions.ts';

interface Step {
  /** What an answer means for the choice. */
  readonly why: string;
  readonly to: Node;
}

type QuestionNode = {
  readonly [K in QuestionKey]: {
    readonly kind: 'question';
    readonly question: K;
    readonly answers: Readonly<Record<AnswerTo<K>, Step>>;
  };
}[QuestionKey];

export type Node = QuestionNode | { readonly kind: 'end'; readonly architecture: ArchitectureName };

const end = (architecture: ArchitectureName): Node => ({ kind: 'end', architecture });

const workflow: Node = {
  kind: 'question',
  question: 'workflow',
  answers: {
    simple: {
      why: 'a few steps need no conductor: each service reacts to the one before',
      to: end('optimised SAGA'),
    },
    complex: {
      why: 'one place that knows the whole way is easier to change than reactions spread over services',
      to: end('orchestrated SAGA'),
    },
  },
};

const outage: Node = {
  kind: 'question',
  question: 'outage',
  answers: {
    'may-wait': {
      why: 'calls one after the other are enough, and the least to understand',
      to: end('basic SAGA'),
    },
    'goes-on': {
      why: 'orders must be taken without the provider: they wait in the log, not at the till',
      to: workflow,
    },
  },
};

const saga: Node = {
  kind: 'question',
  question: 'teams',
  answers: {
    several: { why: 'services that call one another must be up, and right, together', to: workflow },
    one: {
      why: 'nobody needs to be kept apart from anybody',
      to: {
        kind: 'question',
        question: 'answer',
        answers: {
          final: { why: 'the answer has to wait for all steps', to: outage },
          accepted: { why: 'steps may follow by events, and survive what fails on the way', to: workflow },
        },
      },
    },
  },
};

/** Which reads, where they are heavy: from a read model, unless every read must be the very latest. */
const heavyReads = (strong: Node, projected: Node): Node => ({
  kind: 'question',
  question: 'freshness',
  answers: {
    immediate: {
      why: 'a read model follows a moment later: only the Order service itself is never behind',
      to: strong,
    },
    own: {
      why: 'a read that carries the write’s consistency token waits until the read model has it',
      to: projected,
    },
    seconds: { why: 'a read model that follows a moment later will do', to: projected },
  },
});

const byReads = (light: Node, strong: Node, projected: Node): Node => ({
  kind: 'question',
  question: 'reads',
  answers: {
    heavy: {
      why: 'reads of their own, with indexes for what is asked, keep them off the write side',
      to: heavyReads(strong, projected),
    },
    light: { why: 'the write side answers them: a second model would be kept for little', to: light },
  },
});

export const TREE: Node = {
  kind: 'question',
  question: 'history',
  answers: {
    critical: {
      why: 'only what is kept as events can be read as of any moment',
      to: byReads(end('event sourcing'), end('event sourcing'), end('event sourcing + CQRS')),
    },
    useful: {
      why: 'the log keeps every event in any case; an order itself may be a row',
      to: byReads(saga, saga, end('CQRS')),
    },
    none: {
      why: 'a row that holds what an order is now is all that is needed',
      to: byReads(saga, saga, end('CQRS')),
    },
  },
};
