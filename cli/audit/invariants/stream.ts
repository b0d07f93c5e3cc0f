/** Each stream is the one that its database remembers, whole, and set up as the promises of the log need it. */
import { sql } from 'kysely';
import type { Invariant } from '../invariant.ts';
import type { StreamLook } from '../look.ts';
import { SERVICES, type Snapshot } from '../snapshot.ts';

interface RelayRow {
  stream_created: string;
  stream_epoch: number;
  position: bigint;
}

const HOLES = 'it has holes';

export const stream: Invariant = {
  name: 'stream',
  promise: 'each stream is the one remembered, contiguous from its first sequence',
  // By one answer of the server, and its last sequence goes on.
  lasting: [HOLES],
  async check(look, report) {
    for (const service of SERVICES) {
      const own = look.streams[service];
      const row = await relayRow(look.databases[service], own.name);
      if (!row) continue;
      const recorded = {
        created: row.stream_created,
        epoch: row.stream_epoch,
        position: Number(row.position),
      };
      if (!own.after) report.violation(own.name, 'the server has no such stream', recorded);
      else compare(own, recorded, own.after, report);
    }
  },
};

/** undefined: the database has never seen its stream. */
async function relayRow({ tx }: Snapshot, name: string): Promise<RelayRow | undefined> {
  const { rows } = await sql<RelayRow>`
    select stream_created, stream_epoch, position from relay where stream = ${name}`.execute(tx);
  return rows[0];
}

function compare(
  { name }: StreamLook,
  recorded: { created: string; epoch: number; position: number },
  found: NonNullable<StreamLook['after']>,
  report: Parameters<Invariant['check']>[1],
): void {
  if (found.created !== recorded.created || found.epoch !== recorded.epoch) {
    report.violation(name, 'it is another stream than the database remembers', {
      created: found.created,
      epoch: found.epoch,
      'remembered created': recorded.created,
      'remembered epoch': recorded.epoch,
    });
  }
  if (found.lastSequence < recorded.position) {
    const evidence = { last: found.lastSequence, published: recorded.position };
    report.violation(name, 'it ends before what is recorded as published', evidence);
  }
  if (found.missing !== 0) {
    const evidence = { first: found.firstSequence, last: found.lastSequence, missing: found.missing };
    report.violation(name, HOLES, evidence);
  }
  for (const problem of found.configProblems) {
    report.violation(name, 'it is not set up as it must be', { problem });
  }
}
