/**
 * A value to try at a place, and what the contract's rules say of it. Named as protovalidate's conformance suite names its
 * cases: the rule, then where the value stands to it, such as `string.max_len/above`.
 */
import type { DescField } from '@bufbuild/protobuf';
import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import { setTo } from './places.ts';

export interface Candidate {
  readonly name: string;
  /** undefined: the rules are expressions, and their evaluation tells. */
  readonly isValid: boolean | undefined;
  readonly edit: (holder: ReflectMessage, field: DescField) => void;
}

export const valid = (name: string, value: unknown): Candidate => ({
  name,
  isValid: true,
  edit: setTo(value),
});

export const invalid = (name: string, value: unknown): Candidate => ({
  name,
  isValid: false,
  edit: setTo(value),
});

export const either = (name: string, value: unknown): Candidate => ({
  name,
  isValid: undefined,
  edit: setTo(value),
});
