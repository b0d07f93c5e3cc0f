/**
 * A service's own stream: what it is made with, and what the server says of it.
 *
 * The stream is history: it has no age, refuses what does not fit instead of dropping what is old, and nothing in it can
 * be deleted. `streamIdentity` tells whether it is still the one that the database knows.
 */
import { ApiError, callApi, STREAM_NOT_FOUND } from './api.ts';
import type { LogConnection } from './connection.ts';

export interface StreamSpec {
  /** Such as ORDERS. */
  readonly name: string;
  /** First token of every subject. */
  readonly subjectPrefix: string;
  /** The bound at which the server refuses. */
  readonly maxBytes: number;
  readonly replicas: number;
}

/** What tells one stream, and one state of it, from another. */
export interface StreamIdentity {
  /** The server's own text, to the nanosecond: a recreated stream has another. */
  readonly created: string;
  /** From the stream's metadata; 0 if it has none. */
  readonly epoch: number;
  /** The sequence that its first message has, or will have. */
  readonly firstSequence: number;
  /** 0 while it is empty. */
  readonly lastSequence: number;
  /** How many there are. */
  readonly messages: number;
  /** How many messages are missing from first to last. */
  readonly missing: number;
  /** What its messages take of `maxBytes`. */
  readonly bytes: number;
  /** The bound at which the server refuses, as it is now; not above 0: there is none. */
  readonly maxBytes: number;
  /** What in its configuration breaks a promise; empty if all is well. */
  readonly configProblems: readonly string[];
}

type Config = Readonly<Record<string, unknown>>;

/** As on the wire; the server leaves out many a zero value. */
export interface StreamInfo {
  readonly created: string;
  readonly config: Config & {
    readonly metadata?: Readonly<Record<string, string>>;
    readonly first_seq?: number;
  };
  readonly state: { readonly messages: number; readonly bytes: number; readonly last_seq: number };
}

/** Keys in the stream's metadata. */
export const EPOCH_KEY = 'orderlog.epoch';
export const RESTORED_KEY = 'orderlog.restored_to';

/** What the promises of the log need. */
function requiredConfig(spec: StreamSpec): Config {
  return {
    subjects: [`${spec.subjectPrefix}.>`],
    storage: 'file',
    retention: 'limits',
    discard: 'new',
    allow_atomic: true,
    allow_direct: true,
    deny_delete: true,
    deny_purge: true,
  };
}

/** What would drop, change or hide messages, by its harmless value. */
const HARMLESS: Config = {
  max_age: 0,
  max_msgs: -1,
  max_msgs_per_subject: -1,
  no_ack: false,
  sealed: false,
  allow_rollup_hdrs: false,
  allow_msg_ttl: false,
  allow_msg_counter: false,
  allow_msg_schedules: false,
  discard_new_per_subject: false,
  persist_mode: 'default',
  mirror: null,
  sources: null,
  subject_transform: null,
};

/** A life of a stream that begins with what was in the one before. */
export interface Restored {
  /** The sequence of its first message. */
  readonly firstSequence: number;
  /** That of the last one that was in the life before. */
  readonly restoredTo: number;
}

/** Makes the stream in its given life (1: the first). Does nothing if it is there already, made the same way. */
export async function createStream(
  connection: LogConnection,
  spec: StreamSpec,
  epoch: number,
  restored?: Restored,
): Promise<void> {
  await callApi(connection, `STREAM.CREATE.${spec.name}`, {
    name: spec.name,
    ...requiredConfig(spec),
    max_age: 0,
    max_bytes: spec.maxBytes,
    num_replicas: spec.replicas,
    ...(restored && { first_seq: restored.firstSequence }),
    metadata: {
      [EPOCH_KEY]: String(epoch),
      ...(restored && { [RESTORED_KEY]: String(restored.restoredTo) }),
    },
  });
}

/** Deletes the stream with all its messages. */
export async function deleteStream(connection: LogConnection, stream: string): Promise<void> {
  await callApi(connection, `STREAM.DELETE.${stream}`, {});
}

/** What the server says of the stream; undefined if it has none. */
export async function streamIdentity(
  connection: LogConnection,
  spec: StreamSpec,
): Promise<StreamIdentity | undefined> {
  const info = await streamInfo(connection, spec.name);
  return info && identityOf(info, spec);
}

/** As the server says it. */
export async function streamInfo(connection: LogConnection, stream: string): Promise<StreamInfo | undefined> {
  try {
    return await callApi<StreamInfo>(connection, `STREAM.INFO.${stream}`, {});
  } catch (error) {
    if (error instanceof ApiError && error.code === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
}

export const boundOf = ({ config }: StreamInfo): number => Number(config.max_bytes ?? -1);

function identityOf(info: StreamInfo, spec: StreamSpec): StreamIdentity {
  const { created, config, state } = info;
  const firstEver = config.first_seq ?? 1;
  return {
    created,
    epoch: Number(config.metadata?.[EPOCH_KEY] ?? 0) || 0,
    firstSequence: firstEver,
    lastSequence: state.last_seq,
    messages: state.messages,
    missing: state.last_seq === 0 ? 0 : state.last_seq - firstEver + 1 - state.messages,
    bytes: state.bytes,
    maxBytes: boundOf(info),
    configProblems: configProblems(config, spec),
  };
}

function configProblems(config: StreamInfo['config'], spec: StreamSpec): string[] {
  const problems: string[] = [];
  const expect = (key: string, wanted: unknown, found: unknown) => {
    if (JSON.stringify(found) === JSON.stringify(wanted)) return;
    problems.push(`${key} is ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
  };
  for (const [key, wanted] of Object.entries(requiredConfig(spec))) expect(key, wanted, config[key] ?? false);
  for (const [key, wanted] of Object.entries(HARMLESS)) expect(key, wanted, config[key] ?? wanted);
  if (Number(config.max_bytes) <= 0) problems.push('max_bytes is unlimited');
  if (Number(config.num_replicas) < spec.replicas) {
    problems.push(`num_replicas is ${config.num_replicas} instead of ${spec.replicas}`);
  }
  if (!/^[1-9]\d*$/.test(config.metadata?.[EPOCH_KEY] ?? '')) problems.push(`metadata lacks ${EPOCH_KEY}`);
  return problems;
}
