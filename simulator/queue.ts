/** A replica's command queue (platform/commandQueue.ts): what waits is flushed as one batch, and then answered. */
import { answerBytes, type CommandQueue, type Submission } from '../platform/commandQueue.ts';
import { type RequestKey, requestName, sameFingerprint } from '../platform/requests.ts';
import { type AnyEnvelope, type AnyOutcome, runSlice } from './batch.ts';
import { AnswerLost } from './clients.ts';
import { CommitUnknown, strikes, transact } from './transact.ts';
import { allReplicas, dbNowMs, eventLabel, type Replica, type World } from './world.ts';

/** A command with all who wait for its answer: repeats in flight get the first one's. */
export interface Waiting {
  readonly submission: Submission<unknown, unknown>;
  readonly callers: {
    readonly resolve: (bytes: Uint8Array) => void;
    readonly reject: (error: unknown) => void;
  }[];
}

/** The queue as the gRPC handlers see it; `replica` is known only once it has its handlers. */
export const commandQueue = (replica: () => Replica): CommandQueue<unknown, unknown> => ({
  submit(submission) {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const { queue } = replica();
    const first = queue.find((waiting) => isSameCall(waiting.submission.request, submission.request));
    if (first) first.callers.push({ resolve, reject });
    else queue.push({ submission, callers: [{ resolve, reject }] });
    return promise;
  },
  refusal: () => undefined,
  depth: () => replica().queue.length,
  drain: () => Promise.resolve(),
});

const isSameCall = (a: RequestKey, b: RequestKey): boolean =>
  requestName(a) === requestName(b) && sameFingerprint(a.fingerprint, b.fingerprint);

export const queueActions = (world: World) =>
  allReplicas(world)
    .filter((replica) => replica.isUp && replica.queue.length > 0)
    .map((replica) => ({
      actor: `${replica.name} queue`,
      replica,
      isAsync: true,
      run: () => flush(world, replica),
    }));

/** Another request under the same id waits for the first one's outcome. */
function takeBatch(queue: Waiting[], count: number): Waiting[] {
  const names = queue.slice(0, count).map(({ submission }) => requestName(submission.request));
  const repeated = names.findIndex((name, index) => names.indexOf(name) < index);
  return queue.splice(0, repeated < 0 ? count : repeated);
}

function flush(world: World, replica: Replica): void {
  const { service, queue } = replica;
  const batch = takeBatch(
    queue,
    queue.length - world.choices.pick(`unflushed by ${replica.name}`, queue.length),
  );
  const { model } = service.parts;
  const { remembersRequests, answersAfterCommit } = world.composition.wiring;
  const now = new Date(dbNowMs(world, service));
  const envelopes = batch.map(
    ({ submission: { command, request, reply } }): AnyEnvelope => ({ command, now, request, reply }),
  );
  for (;;) {
    try {
      const outcomes = transact(world, replica, (tx) => {
        const done = runSlice(tx, model, envelopes, remembersRequests);
        if (!answersAfterCommit) answerAll(world, replica, batch, done);
        return done;
      });
      answerAll(world, replica, batch, outcomes);
      return;
    } catch (error) {
      // The same batch again: its answers' rows tell what happened.
      if (!(error instanceof CommitUnknown)) throw error;
    }
  }
}

function answerAll(
  world: World,
  replica: Replica,
  batch: readonly Waiting[],
  outcomes: readonly AnyOutcome[],
): void {
  for (const [index, { submission, callers }] of batch.entries()) {
    const outcome = outcomes[index];
    world.say(() => `${replica.name}: ${(submission.command as { type: string }).type} ${told(outcome)}`);
    for (const { resolve, reject } of callers) {
      if (strikes(world, 'answerLost', replica.name)) {
        world.say(() => '  the answer is lost on its way to the client');
        reject(new AnswerLost());
        continue;
      }
      try {
        if (!outcome) throw new Error('the batch gave no outcome');
        resolve(answerBytes(outcome));
      } catch (error) {
        reject(error);
      }
    }
  }
}

/** An outcome in words. */
export function told(outcome: AnyOutcome | undefined): string {
  switch (outcome?.kind) {
    case 'accepted':
      return outcome.events.length > 0 ? `-> ${outcome.events.map(eventLabel).join(', ')}` : '-> nothing new';
    case 'remembered':
      return 'was answered before: the same answer';
    case 'refused':
      return `is refused: ${outcome.refusal.reason}`;
    case 'failed':
      return `fails: ${outcome.error}`;
    case undefined:
      return 'has no outcome';
  }
}
