/**
 * What an answer may be, and whether it is. The oracle for a request's fields is protovalidate itself, run here on the
 * descriptor image's rules; the laws that hold for every answer are in laws/.
 */
import type { DescMessage, Message } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator, type Validator } from '@bufbuild/protovalidate';
import type { Outcome } from './call.ts';
import { NotOffered, Violation } from './case.ts';
import type { Image } from './image.ts';
import { checkAnswer } from './laws/answers.ts';
import { checkFailure } from './laws/failures.ts';
import { describe, describeOutcome, INVALID_FIELD } from './say.ts';
import { type Code, detailsOf } from './status.ts';
import type { Rpc } from './targets.ts';

/** `accepted`: one of these codes; where `ownRules` says so, a field may be refused by a rule that no annotation tells. */
export type Expectation =
  | {
      readonly kind: 'accepted';
      readonly codes: readonly Code[];
      /** Refusing is right if what is named stands at, or below, this path. */
      readonly ownRulesAt?: string | undefined;
    }
  /** INVALID_ARGUMENT with reason INVALID_FIELD, naming exactly these fields. */
  | { readonly kind: 'refused'; readonly fields: readonly string[] }
  /** INVALID_ARGUMENT with reason INVALID_FIELD, naming this field, and perhaps others. */
  | { readonly kind: 'refusedAt'; readonly field: string }
  /** INVALID_ARGUMENT, since the bytes are no message. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'anyOf'; readonly expectations: readonly Expectation[] };

/** Paths of the fields that break a rule. */
export type Oracle = (type: DescMessage, message: Message) => readonly string[];

export function createOracle({ registry }: Image): Oracle {
  const validator: Validator = createValidator({ registry });
  return (type, message) => {
    const result = validator.validate(type, message);
    if (result.kind === 'error') throw result.error;
    return [...new Set((result.violations ?? []).map(({ field }) => pathToString(field)))];
  };
}

/** Throws Violation, or NotOffered. */
export function judge(
  image: Image,
  { method }: Rpc,
  outcome: Outcome,
  expectation: Expectation,
  /** Asked for only where something is wrong. */
  request: () => string,
): void {
  if (outcome.code === 'UNIMPLEMENTED' && mayBeAccepted(expectation)) throw new NotOffered();
  const problem =
    outcome.code === 'OK' ? checkAnswer(image, method, outcome.answers) : checkFailure(image, outcome);
  if (problem) throw new Violation(problem.expected, problem.got, request());
  if (meets(image, outcome, expectation)) return;
  throw new Violation(describe(expectation), describeOutcome(image, outcome), request());
}

const mayBeAccepted = (expectation: Expectation): boolean =>
  expectation.kind === 'anyOf'
    ? expectation.expectations.some(mayBeAccepted)
    : expectation.kind === 'accepted';

function meets(image: Image, outcome: Outcome, expectation: Expectation): boolean {
  const { code } = outcome;
  const { reason, fields = [] } = detailsOf(image, outcome) ?? {};
  switch (expectation.kind) {
    case 'accepted': {
      const at = expectation.ownRulesAt;
      const isOwnRule = at !== undefined && code === 'INVALID_ARGUMENT' && fields.length > 0;
      return (
        expectation.codes.includes(code) || (isOwnRule && fields.every((field) => isAtOrBelow(field, at)))
      );
    }
    case 'refused':
      return code === 'INVALID_ARGUMENT' && reason === INVALID_FIELD && sameSet(fields, expectation.fields);
    case 'refusedAt':
      return code === 'INVALID_ARGUMENT' && reason === INVALID_FIELD && fields.includes(expectation.field);
    case 'unreadable':
      return code === 'INVALID_ARGUMENT';
    case 'anyOf':
      return expectation.expectations.some((each) => meets(image, outcome, each));
  }
}

/** A rule may be refused for a part of what it stands on. */
const isAtOrBelow = (field: string, path: string): boolean =>
  field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`);

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.every((each) => b.includes(each)) && b.every((each) => a.includes(each));
