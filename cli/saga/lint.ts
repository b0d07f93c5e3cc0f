/** `orderlog saga lint`: what is wrong with the sagas of the contract, and how to mend it. */
import type { SagaDefinition } from '../../platform/saga/definition.ts';
import type { Finding } from '../../platform/saga/finding.ts';
import { lintSaga } from '../../platform/saga/lint.ts';
import type { RegisteredPolicies } from '../../platform/saga/rules/policies.ts';

export interface LintResult {
  readonly text: string;
  readonly findings: readonly Finding[];
}

export function lintText(saga: SagaDefinition, registered: readonly RegisteredPolicies[]): LintResult {
  const findings = lintSaga(saga, registered);
  const lines = findings.map(
    ({ rule, subject, message, mend }) => `✗ ${rule}: ${subject}: ${message}\n    to mend it: ${mend}\n`,
  );
  const found =
    findings.length === 0
      ? 'no findings'
      : findings.length === 1
        ? '1 finding'
        : `${findings.length} findings`;
  const size = `${saga.steps.length} steps, ${saga.events.length} events`;
  return { text: `${lines.join('')}saga ${saga.name}: ${size}, ${found}\n`, findings };
}
