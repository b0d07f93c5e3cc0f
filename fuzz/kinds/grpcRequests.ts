/**
 * Every rpc of every service, with requests from its descriptor (messages.ts). Whatever is sent, the laws of the contract suite
 * hold: no fault, an answer of its type or a refusal with its reason, which names the field where one is wrong.
 */
import fc from 'fast-check';
import type { Outcome } from '../../contract/call.ts';
import type { Image } from '../../contract/image.ts';
import { checkAnswer } from '../../contract/laws/answers.ts';
import { checkFailure } from '../../contract/laws/failures.ts';
import { requestText } from '../../contract/say.ts';
import { closeTargets, type Rpc, rpcsOf, type Targets } from '../../contract/targets.ts';
import { type AnyKind, kind, type Seen } from '../kind.ts';
import { requestBytes } from '../messages.ts';

interface Input {
  readonly rpc: Rpc;
  readonly bytes: Uint8Array;
}

/** Shown as they are: enough to send them again with `grpcurl` or a few lines. */
const MAX_SHOWN_BYTES = 2_000;
/** What a direct saga may take on a busy machine, and less than this side waits (contract/call.ts). */
const DEADLINE = '20S';

/** Ends what it talks through when it is closed. */
export function grpcRequests(image: Image, targets: Targets, onlyRpc?: string): AnyKind {
  const rpcs = rpcsOf(targets).filter(({ path }) => onlyRpc === undefined || path.endsWith(onlyRpc));
  const inputs = fc.oneof(
    ...rpcs.map((rpc) => requestBytes(rpc.method.input).map((bytes): Input => ({ rpc, bytes }))),
  );
  return kind<Input>({
    name: 'gRPC requests',
    inputs,
    describe({ rpc, bytes }) {
      const shown = Buffer.from(bytes.subarray(0, MAX_SHOWN_BYTES)).toString('hex');
      return `${rpc.title}, ${bytes.length} bytes: ${shown}\n  ${requestText(image, rpc.method.input, bytes)}`;
    },
    async attempt({ rpc, bytes }) {
      const outcome = await ask(rpc, bytes);
      // A connection that was closed for its age has its calls begun anew.
      const isLost = outcome.code === 'UNAVAILABLE' && !outcome.details;
      return seenOf(image, rpc, isLost ? await ask(rpc, bytes) : outcome);
    },
    close: () => closeTargets(targets),
  });
}

const ask = ({ target, method, path }: Rpc, bytes: Uint8Array): Promise<Outcome> =>
  method.methodKind === 'server_streaming'
    ? target.wire.stream(path, bytes, 1, { grpcTimeout: DEADLINE })
    : target.wire.call(path, bytes, { grpcTimeout: DEADLINE });

function seenOf(image: Image, { method }: Rpc, outcome: Outcome): Seen {
  const { code, answers } = outcome;
  if (code === 'CANCELLED' && !outcome.details)
    return { outcome: code, wrong: 'no answer, long after its deadline' };
  const problem = code === 'OK' ? checkAnswer(image, method, answers) : checkFailure(image, outcome);
  return { outcome: code, wrong: problem && `expected ${problem.expected}, got ${problem.got}` };
}
