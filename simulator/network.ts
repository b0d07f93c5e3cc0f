/** The log's server and the way to it: a publish may be lost, late, or taken without anybody hearing of it. */
import { readMessage } from '../platform/log/headers.ts';
import { strikes } from './transact.ts';
import { Crashed, type Publication, type Replica, type World } from './world.ts';

/** All that is in a stream. */
export const messagesOf = (world: World, stream: string) => world.log[stream]?.messages ?? [];

/** What its relay hears of a publish. */
export function send(
  world: World,
  replica: Replica,
  publication: Publication,
): 'acknowledged' | 'refused' | 'unknown' {
  if (strikes(world, 'publishLost', replica.name)) return 'unknown';
  if (strikes(world, 'publishLate', replica.name)) {
    world.latePublishes.push(publication);
    return 'unknown';
  }
  const isTaken = append(world, publication);
  if (strikes(world, 'publishUnknown', replica.name)) return 'unknown';
  if (strikes(world, 'crashAfterCommit', replica.name)) {
    world.say(() => `${replica.name} is killed after the publish`);
    throw new Crashed(replica);
  }
  return isTaken ? 'acknowledged' : 'refused';
}

/** The server: takes all of it behind that very sequence, or nothing. */
function append(world: World, { stream, lastSequence, messages }: Publication): boolean {
  const log = messagesOf(world, stream);
  if (world.composition.wiring.fencesPublishes && log.length !== lastSequence) return false;
  for (const { subject, headers, payload } of messages) {
    const sequence = log.length + 1;
    log.push(readMessage({ stream, sequence, subject, headers, payload }));
  }
  return true;
}

/** A publish that its relay has given up arrives after all. */
export const latePublishActions = (world: World) =>
  world.latePublishes.map((publication, index) => ({
    actor: 'network',
    key: publication,
    replica: undefined,
    run() {
      world.latePublishes.splice(index, 1);
      const isTaken = append(world, publication);
      world.say(
        () => `a late publish to ${publication.stream} arrives, and is ${isTaken ? 'taken' : 'refused'}`,
      );
    },
  }));
