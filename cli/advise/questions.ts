/** What is asked about needs, and what may be answered. */

export interface Question {
  readonly ask: string;
  /** What may be answered, and what that means. */
  readonly answers: Readonly<Record<string, string>>;
}

export const QUESTIONS = {
  history: {
    ask: 'How much does the history of an order matter?',
    answers: {
      critical: 'it must be shown what an order was at any moment, and why: audits, disputes, law',
      useful: 'it helps to see what happened; nobody has to prove it',
      none: 'what an order is now is enough',
    },
  },
  reads: {
    ask: 'Are reads heavy?',
    answers: {
      heavy: 'many more reads than writes, or searches by words and across all orders',
      light: 'an order by its id, a customer’s orders',
    },
  },
  freshness: {
    ask: 'How fresh must reads be?',
    answers: {
      immediate: 'every read shows every write that was answered before, whoever made it',
      own: 'whoever has written sees it at once; others may see it a moment later',
      seconds: 'a moment later will do',
    },
  },
  teams: {
    ask: 'How many teams own the services?',
    answers: {
      one: 'one team changes and releases them together',
      several: 'each is changed and released by itself',
    },
  },
  answer: {
    ask: 'What must the answer to an order say?',
    answers: {
      final: 'how it ended: the customer waits for it',
      accepted: 'that it was accepted: its end may follow',
    },
  },
  outage: {
    ask: 'If the payment provider is down, may customers wait at the till?',
    answers: {
      'may-wait': 'yes: without payment there is no sale',
      'goes-on': 'no: orders are taken, and paid when he is back',
    },
  },
  workflow: {
    ask: 'How complex is the workflow?',
    answers: {
      simple: 'a few steps, one after the other',
      complex: 'many steps, branches or waits, and it changes often',
    },
  },
} as const satisfies Record<string, Question>;

export type QuestionKey = keyof typeof QUESTIONS;
export const QUESTION_KEYS = Object.keys(QUESTIONS) as readonly QuestionKey[];
export type AnswerTo<K extends QuestionKey> = keyof (typeof QUESTIONS)[K]['answers'] & string;

/** What is known of the needs so far. */
export type Needs = { readonly [K in QuestionKey]?: AnswerTo<K> };

export const questionOf = (key: QuestionKey): Question => QUESTIONS[key];
export const answersOf = (key: QuestionKey): readonly string[] => Object.keys(questionOf(key).answers);
