/**
 * The events of a saga as its definition has them: the option `orderlog.saga.v1.event` of each event message, as plain data,
 * in the order of the descriptor image. What is not set is undefined or empty; nothing is judged here (lint.ts does).
 */
import { type DescMessage, type FileRegistry, getOption, hasOption, toBinary } from '@bufbuild/protobuf';
import {
  SagaBoundary,
  SagaEventOptions,
  SagaMode,
  StepKind,
  StepRole,
} from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { OrderlogError } from '../errors.ts';

export type Kind = 'COMPENSATABLE' | 'PIVOT' | 'RETRYABLE';
export type Role =
  | 'REQUESTED'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'COMPENSATED'
  | 'SUSPENDED'
  | 'NOTED'
  | 'COMPENSATION_REQUESTED';
export type Boundary = 'START' | 'COMPLETE' | 'ROLLBACK';
export type Mode = 'CHOREOGRAPHY' | 'ORCHESTRATION' | 'DIRECT';

export interface SagaEvent {
  /** Full name. */
  readonly type: string;
  /** Whose event it is: `orderlog.order.v1.OrderCreated` -> `order`. */
  readonly service: string;
  readonly step: string | undefined;
  readonly kind: Kind | undefined;
  readonly role: Role | undefined;
  readonly boundary: Boundary | undefined;
  /** Full name. */
  readonly compensatedBy: string | undefined;
  readonly deadlineMs: number | undefined;
  /** Steps by name, events by full name. */
  readonly next: readonly string[];
  /** The step that begins at the saga's deadline. */
  readonly atDeadline: string | undefined;
  /** Of a request: in which modes the step's service acts on it. */
  readonly modes: readonly Mode[];
}

const EXTENSION = 'orderlog.saga.v1.event';

const kinds = new Map<StepKind, Kind>([
  [StepKind.STEP_KIND_COMPENSATABLE, 'COMPENSATABLE'],
  [StepKind.STEP_KIND_PIVOT, 'PIVOT'],
  [StepKind.STEP_KIND_RETRYABLE, 'RETRYABLE'],
]);
const roles = new Map<StepRole, Role>([
  [StepRole.STEP_ROLE_REQUESTED, 'REQUESTED'],
  [StepRole.STEP_ROLE_SUCCEEDED, 'SUCCEEDED'],
  [StepRole.STEP_ROLE_FAILED, 'FAILED'],
  [StepRole.STEP_ROLE_COMPENSATED, 'COMPENSATED'],
  [StepRole.STEP_ROLE_SUSPENDED, 'SUSPENDED'],
  [StepRole.STEP_ROLE_NOTED, 'NOTED'],
  [StepRole.STEP_ROLE_COMPENSATION_REQUESTED, 'COMPENSATION_REQUESTED'],
]);
const boundaries = new Map<SagaBoundary, Boundary>([
  [SagaBoundary.SAGA_BOUNDARY_START, 'START'],
  [SagaBoundary.SAGA_BOUNDARY_COMPLETE, 'COMPLETE'],
  [SagaBoundary.SAGA_BOUNDARY_ROLLBACK, 'ROLLBACK'],
]);
const modes = new Map<SagaMode, Mode>([
  [SagaMode.SAGA_MODE_CHOREOGRAPHY, 'CHOREOGRAPHY'],
  [SagaMode.SAGA_MODE_ORCHESTRATION, 'ORCHESTRATION'],
  [SagaMode.SAGA_MODE_DIRECT, 'DIRECT'],
]);

/** The events of each saga, by its name. Throws OrderlogError for what this version cannot read. */
export function sagaEvents(registry: FileRegistry): ReadonlyMap<string, readonly SagaEvent[]> {
  const sagas = new Map<string, SagaEvent[]>();
  for (const message of [...registry].filter((type) => type.kind === 'message')) {
    const options = optionsOf(registry, message);
    if (!options) continue;
    if (options.saga === '') throw unreadable(message.typeName, 'saga is empty: name the saga it belongs to');
    const events = sagas.get(options.saga) ?? [];
    sagas.set(options.saga, [...events, toEvent(message, options)]);
  }
  return sagas;
}

function optionsOf(registry: FileRegistry, message: DescMessage): SagaEventOptions | undefined {
  const extension = registry.getExtension(EXTENSION);
  if (!extension?.message) throw unreadable(EXTENSION, 'not in the descriptor image: run npm run generate');
  if (!hasOption(message, extension)) return undefined;
  return SagaEventOptions.decode(toBinary(extension.message, getOption(message, extension) as never));
}

function toEvent({ typeName, file }: DescMessage, options: SagaEventOptions): SagaEvent {
  const { step, compensatedBy, deadline, next, atDeadline } = options;
  const known = <N extends number, T>(field: string, value: N, names: ReadonlyMap<N, T>): T | undefined => {
    const name = names.get(value);
    if (value === 0 || name !== undefined) return name;
    throw unreadable(typeName, `${field} ${value} is not known to this version: upgrade it`);
  };
  return {
    type: typeName,
    service: file.proto.package.split('.').at(-2) ?? file.proto.package,
    step: step || undefined,
    kind: known('kind', options.kind, kinds),
    role: known('role', options.role, roles),
    boundary: known('boundary', options.boundary, boundaries),
    compensatedBy: compensatedBy || undefined,
    deadlineMs: deadline && Number(deadline.seconds) * 1_000 + deadline.nanos / 1_000_000,
    next,
    atDeadline: atDeadline || undefined,
    modes: options.modes.flatMap((mode) => known('modes', mode, modes) ?? []),
  };
}

const unreadable = (subject: string, why: string): OrderlogError =>
  new OrderlogError('FAILED_PRECONDITION', 'SAGA_UNREADABLE', `the saga's definition: ${subject}: ${why}`);
