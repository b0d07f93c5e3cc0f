/** One request over HTTP, as it stands, and its answer. */
import { Agent, request } from 'node:http';
import type { RestInput } from './restInputs.ts';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

const ANSWER_WITHIN_MS = 30_000;

/** The answer, or why there is none. Of a stream the beginning is enough. */
export async function send(address: string, agent: Agent, input: RestInput): Promise<Answer | string> {
  const { answer, wasKept } = await sendOnce(address, agent, input);
  // A kept connection may be closed in the moment in which it is used: then nobody has heard of the request.
  return typeof answer === 'string' && wasKept
    ? (await sendOnce(address, new Agent(), input)).answer
    : answer;
}

function sendOnce(
  address: string,
  agent: Agent,
  { method, path, headers, body }: RestInput,
): Promise<{ readonly answer: Answer | string; readonly wasKept: boolean }> {
  const [host, port] = address.split(':');
  // Said for every method: without it the body of a GET would be taken for the next request.
  const length = body !== undefined && { 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const sent = request(
      { host, port, agent, method, path, headers: { ...headers, ...length } },
      (response) => {
        const { statusCode: status = 0, headers: given } = response;
        const contentType = given['content-type'] ?? '';
        const chunks: Buffer[] = [];
        const done = () => end({ status, contentType, text: Buffer.concat(chunks).toString() });
        if (contentType.startsWith('text/event-stream')) {
          done();
          response.destroy();
          return;
        }
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', done);
        response.once('error', (error) => end(error.message));
      },
    );
    const end = (answer: Answer | string) => resolve({ answer, wasKept: sent.reusedSocket });
    sent.setTimeout(ANSWER_WITHIN_MS, () => sent.destroy(new Error(`none within ${ANSWER_WITHIN_MS} ms`)));
    sent.once('error', (error) => end(error.message));
    sent.end(body);
  });
}
