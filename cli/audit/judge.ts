/**
 * The judgement of one order: given what the three event stores hold of it, which promises are broken. Pure; the audit gives
 * it real histories, the simulator its own.
 *
 * Some promises hold at every moment (transitions, versions, refunds); others only once all news has arrived (`settled`): the
 * caller says up to when that is so.
 */
import { type Finding, type Findings, findingsOf } from './finding.ts';
import { judgeCauses } from './judgements/causes.ts';
import { judgeDeadline } from './judgements/deadline.ts';
import { judgeGoods } from './judgements/goods.ts';
import { judgeHistory } from './judgements/history.ts';
import { judgeNoSale } from './judgements/noSale.ts';
import { judgeOwners } from './judgements/owners.ts';
import { judgeProgress } from './judgements/progress.ts';
import { judgeRefunds } from './judgements/refunds.ts';
import { judgeSale } from './judgements/sale.ts';
import { judgeTransitions } from './judgements/transitions.ts';
import type { Moment } from './moment.ts';
import { lastTimeMs, type OrderHistory, type Story, storyOf } from './story.ts';

/** One promise of an order. */
export interface Judgement {
  readonly name: string;
  readonly promise: string;
  /** Holds at rest only. */
  readonly settledOnly?: true;
  judge(story: Story, findings: Findings, moment: Moment): void;
}

export const judgements: readonly Judgement[] = [
  {
    name: 'history',
    promise:
      'each aggregate has versions 1 to n without a gap, under derived ids, readable, and of one order',
    judge: judgeHistory,
  },
  {
    name: 'transitions',
    promise: 'every event is allowed where it stands, and an order has one end',
    judge: judgeTransitions,
  },
  { name: 'refunds', promise: 'what is given back is what was captured', judge: judgeRefunds },
  {
    name: 'causes',
    promise: 'what follows from an event has a cause, which exists, and came before it',
    settledOnly: true,
    judge: judgeCauses,
  },
  {
    name: 'sale',
    promise: 'a completed order has one capture of its exact total and a confirmed reservation',
    settledOnly: true,
    judge: judgeSale,
  },
  {
    name: 'no sale',
    promise: 'a cancelled or rejected order keeps no money and holds no goods',
    settledOnly: true,
    judge: judgeNoSale,
  },
  {
    name: 'goods',
    promise: 'what an open order holds is neither given up nor sold',
    settledOnly: true,
    judge: judgeGoods,
  },
  {
    name: 'owners',
    promise: 'goods that are held or sold and captured money belong to an order',
    settledOnly: true,
    judge: judgeOwners,
  },
  {
    name: 'progress',
    promise: 'an open order waits for somebody who will go on with it',
    settledOnly: true,
    judge: judgeProgress,
  },
  {
    name: 'deadline',
    promise:
      'past its deadline, and not before, an order has ended, or waits for the provider or an operator',
    settledOnly: true,
    judge: judgeDeadline,
  },
];

/** What is found in one order. */
export function judgeOrder(history: OrderHistory, moment: Moment): readonly Finding[] {
  const story = storyOf(history);
  const isSettled = lastTimeMs(story) < moment.settledBefore.getTime();
  // What cannot be read cannot be judged either; `history` tells of it.
  const isRead = [story.order, story.reservation, story.payment].every(({ unread }) => unread.length === 0);
  const found: Finding[] = [];
  for (const { name, settledOnly, judge } of judgements) {
    if (name !== 'history' && (!isRead || (settledOnly && !isSettled))) continue;
    judge(
      story,
      findingsOf(name, (finding) => found.push(finding)),
      moment,
    );
  }
  return found;
}
