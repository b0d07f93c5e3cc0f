/**
 * Up to where the log is in the read model: a document beside the others, written only after all of a batch is settled, by
 * compare-and-set on what this process read or wrote last. Whoever loses starts again from what he finds there.
 */
import {
  type Elasticsearch,
  isConflict,
  isForbidden,
  isWriteBlocked,
} from '../../platform/elasticsearch/client.ts';
import { CHECKPOINT_ID, readCheckpoint } from '../../platform/elasticsearch/readModel.ts';
import { HEARTBEAT_MS, type ModelCheckpoint, NOBODY } from '../../platform/modelCheckpoint.ts';
import { writeForbidden } from './bulk.ts';
import { CheckpointLost, type Move, type Place, TargetHeld } from './target.ts';

export interface CheckpointWriter {
  place(): Place;
  /** As it is written: moves that follow each other closely are written as one. */
  written(): Place;
  /** How long until it is to be written if nothing comes: with moves that were not yet, or as a heartbeat; 0: now. */
  writeDueMs(): number;
  /**
   * Written at once if the last was some time ago. Throws CheckpointLost, TargetHeld, OrderlogError WRITE_FORBIDDEN, or what
   * the client throws (then nothing is known: open again).
   */
  move(to: Place): Promise<void>;
  /** A move of nothing, the last of this process, if there were any. Throws as `move` does. */
  leave(): Promise<void>;
}

export interface CheckpointIdentity extends Pick<ModelCheckpoint, 'stream' | 'writer' | 'shape' | 'advice'> {
  /** Of the index that it lies in (writtenIndex.ts). */
  readonly alias: string;
}

const READ_TIMEOUT_MS = 5_000;
/** Of moves closer together the last is written: each costs as much as a small batch of documents, and lets the next one wait. */
const APART_MS = 200;

/** Takes up the checkpoint as it is. `firstEpoch` is asked for the stream's epoch where there is none yet. */
export async function openCheckpoint(
  es: Elasticsearch,
  { alias, ...about }: CheckpointIdentity,
  firstEpoch: () => Promise<number>,
): Promise<CheckpointWriter> {
  const found = await readCheckpoint(es, alias, { timeoutMs: READ_TIMEOUT_MS });
  let last = found && { seqNo: found.seqNo, primaryTerm: found.primaryTerm };
  let place: Place = {
    sequence: found?.checkpoint.sequence ?? 0,
    lastEventId: found?.checkpoint.lastEventId,
    streamEpoch: found?.checkpoint.streamEpoch ?? (await firstEpoch()),
  };
  let written = place;
  let writtenAt = Number.NEGATIVE_INFINITY;
  const hasMoved = () => writtenAt > Number.NEGATIVE_INFINITY;
  const writeAs = async (writer: string, to: Place) => {
    const checkpoint = { ...about, ...to, writer, time: new Date().toISOString() };
    last = await write(es, alias, checkpoint, last);
  };
  const inMs = (ms: number) => Math.max(0, writtenAt + ms - performance.now());
  return {
    place: () => place,
    written: () => written,
    writeDueMs: () => inMs(place === written ? HEARTBEAT_MS : APART_MS),
    async move(to) {
      if (inMs(APART_MS) === 0) {
        await writeAs(about.writer, to);
        written = to;
        writtenAt = performance.now();
      }
      place = to;
    },
    async leave() {
      if (hasMoved()) await writeAs(NOBODY, place);
    },
  };
}

/** Throws what the client throws. */
export async function lastMove(es: Elasticsearch, alias: string): Promise<Move> {
  const found = await readCheckpoint(es, alias, { timeoutMs: READ_TIMEOUT_MS });
  return {
    id: `${found?.primaryTerm}/${found?.seqNo}`,
    hasLeft: (found?.checkpoint.writer ?? NOBODY) === NOBODY,
  };
}

interface Written {
  readonly seqNo: number;
  readonly primaryTerm: number;
}

async function write(
  es: Elasticsearch,
  alias: string,
  checkpoint: ModelCheckpoint,
  last: Written | undefined,
): Promise<Written> {
  const guard = last
    ? { if_seq_no: last.seqNo, if_primary_term: last.primaryTerm }
    : { op_type: 'create' as const };
  try {
    const answer = await es.index({
      index: alias,
      id: CHECKPOINT_ID,
      require_alias: true,
      document: { kind: 'checkpoint', checkpoint },
      ...guard,
    });
    return { seqNo: answer._seq_no ?? 0, primaryTerm: answer._primary_term ?? 0 };
  } catch (error) {
    if (isConflict(error)) throw new CheckpointLost(alias);
    if (isWriteBlocked(error)) throw new TargetHeld(alias);
    if (isForbidden(error)) throw writeForbidden(alias, (error as Error).message);
    throw error;
  }
}
