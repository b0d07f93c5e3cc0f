/**
 * What the parts of the saga mean to a person: words only. Which steps and ends there are, in which order, and what comes of
 * them is read from the definition; words.test.ts holds that each of them has its words here.
 */
import { shortName } from '../../../platform/events.ts';
import type { SagaStep } from '../../../platform/saga/definition.ts';
import { CancellationReason } from '../../../proto/gen/orderlog/order/v1/types.ts';

/** Something that is done, by whomever. */
interface Doing {
  /** `Catalog frees the goods` */
  readonly task: string;
  /** Goes on from "It waits for ": `Catalog to free the goods` */
  readonly waitsFor: string;
  /** `the goods were freed` */
  readonly done: string;
}

export interface StepWords extends Doing {
  /** Goes on from "if ". */
  readonly ifFailed?: string;
  readonly failed?: string;
  /** Why it stands still, what it waits for then, and what is said of it before. */
  readonly suspended?: Pick<Doing, 'waitsFor'> & { readonly why: string; readonly might: string };
  /** Of undoing what it did. */
  readonly undo?: Doing;
}

interface EndWords {
  /** What it means, where it is to come. */
  readonly will: string;
  readonly was: string;
}

export const stepWords: Readonly<Record<string, StepWords>> = {
  reserve: {
    task: 'Catalog sets the goods aside',
    waitsFor: 'Catalog to set the goods aside',
    done: 'the goods were set aside',
    ifFailed: 'the goods cannot be set aside',
    failed: 'the goods could not be set aside',
    undo: {
      task: 'Catalog frees the goods again',
      waitsFor: 'Catalog to free the goods again',
      done: 'the goods were freed again',
    },
  },
  charge: {
    task: 'Payment takes the money through the payment provider',
    waitsFor: 'Payment to take the money through the payment provider',
    done: 'the money was taken',
    ifFailed: 'the payment is declined',
    failed: 'the payment was declined',
    suspended: {
      why: 'the payment provider does not say whether it took the money',
      waitsFor: 'an operator to find out whether the payment provider took the money',
      might: 'if the payment provider never says whether it took the money, an operator has to find out',
    },
  },
  confirm: {
    task: 'Catalog takes the goods off the shelf',
    waitsFor: 'Catalog to take the goods off the shelf',
    done: 'the goods left the shelf',
  },
  cancel: {
    task: 'Payment undoes the payment, so that no money is kept',
    waitsFor: 'Payment to undo the payment, so that no money is kept',
    done: 'the payment was undone',
    suspended: {
      why: 'the payment provider refused to give the money back',
      waitsFor: 'the next attempt at giving the money back',
      might: 'where the payment provider refuses to give the money back, it is asked again',
    },
  },
  return: {
    task: 'Catalog puts the goods back on the shelf',
    waitsFor: 'Catalog to put the goods back on the shelf',
    done: 'the goods were put back on the shelf',
  },
};

/** By the short name of the event. */
export const endWords: Readonly<Record<string, EndWords>> = {
  OrderCompleted: { will: 'the order is completed', was: 'the order was completed' },
  OrderRejected: {
    will: 'the order is rejected, and nothing is charged',
    was: 'the order was rejected',
  },
  OrderCancelled: {
    will: 'the order is cancelled, and no money is kept',
    was: 'the order was cancelled',
  },
  OrderRefunded: { will: 'the order is refunded', was: 'the order was refunded' },
};

export const wordsOf = ({ name, service }: SagaStep): StepWords =>
  stepWords[name] ?? doing(service, `do the step ${name}`, `the step ${name} was done`);

/** How the undoing of a step's effect is said. */
export const undoWordsOf = (step: SagaStep): Doing =>
  wordsOf(step).undo ?? doing(step.service, `undo the step ${step.name}`, `the step ${step.name} was undone`);

/** Of what has no words of its own yet. */
const doing = (service: string, what: string, done: string): Doing => ({
  task: `${serviceText(service)} has to ${what}`,
  waitsFor: `${serviceText(service)} to ${what}`,
  done,
});

export const endWordsOf = (event: string): EndWords =>
  endWords[shortName(event)] ?? {
    will: `it ends with ${shortName(event)}`,
    was: `it ended with ${shortName(event)}`,
  };

export const reasonWords: Readonly<Record<CancellationReason, string>> = {
  [CancellationReason.CANCELLATION_REASON_UNSPECIFIED]: 'not said',
  [CancellationReason.CANCELLATION_REASON_PAYMENT_DECLINED]: 'the payment was declined',
  [CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST]: 'the customer asked for it',
  [CancellationReason.CANCELLATION_REASON_TIMED_OUT]: 'the deadline had passed',
  [CancellationReason.CANCELLATION_REASON_OPERATOR]: 'an operator decided it',
  [CancellationReason.CANCELLATION_REASON_PAYMENT_CANCELLED]: 'the payment was undone at Payment itself',
  [CancellationReason.CANCELLATION_REASON_CAPTURED_AFTER_END]: 'money was taken after the order had ended',
  [CancellationReason.UNRECOGNIZED]: 'one that this version does not know',
};

/** `catalog` -> `the Catalog service`. */
export const serviceText = (service: string): string =>
  `the ${service.charAt(0).toUpperCase()}${service.slice(1)} service`;

/** In UTC, to the second: `2026-01-02 03:04:05 UTC`. */
export const timeText = (time: Date): string => `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** A sentence of its own. */
export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
