/** A list as it is read, page by page. */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ReflectList, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { Violation } from './case.ts';
import { acceptable, type Context, expectMessage } from './context.ts';
import type { Values } from './generate/baseline.ts';
import { messageText } from './say.ts';
import { fieldValue } from './status.ts';
import type { Rpc } from './targets.ts';

export interface Page {
  /** Each element's bytes. */
  readonly elements: readonly string[];
  readonly next: string;
}

/** How far a list is followed: some are long. */
export const MAX_ELEMENTS = 12;

export const isPaged = ({ method: { input, output } }: Rpc): boolean =>
  ['page_size', 'page_token'].every((name) => input.fields.some((field) => field.name === name)) &&
  output.fields.some(({ name }) => name === 'next_page_token');

/** One page. Throws Violation, NotOffered. */
export async function page(context: Context, rpc: Rpc, values: Values): Promise<Page> {
  const { input, output } = rpc.method;
  const customer_id = await context.states.quietCustomer();
  const message = await acceptable(context, rpc, { customer_id, ...values });
  const outcome = await expectMessage(context, rpc, message, { kind: 'accepted', codes: ['OK'] });
  const answer = reflect(output, fromBinary(output, outcome.answers[0] ?? new Uint8Array()));
  const list = output.fields[0];
  if (list?.fieldKind !== 'list') throw new Error(`${output.typeName}: its first field should be the list`);
  const elements = [...(answer.get(list) as ReflectList)].map((each) => keyOf(each as ReflectMessage));
  const asked = Number(values.page_size ?? 0);
  if (asked > 0 && elements.length > asked) {
    const text = messageText(context.image, input, message);
    throw new Violation(`at most ${asked} elements`, `${elements.length}`, text);
  }
  return { elements, next: String(fieldValue(answer, 'next_page_token')) };
}

const keyOf = (element: ReflectMessage): string =>
  Buffer.from(toBinary(element.desc, element.message)).toString('base64');

/** The first elements, by pages of this size. */
export async function elementsBy(context: Context, rpc: Rpc, size: number): Promise<readonly string[]> {
  const elements: string[] = [];
  for (let token = ''; elements.length < MAX_ELEMENTS; ) {
    const { elements: more, next } = await page(context, rpc, { page_size: size, page_token: token });
    elements.push(...more);
    if (next === '') break;
    if (next === token) throw new Violation('a token that leads on', 'the same one again');
    token = next;
  }
  return elements.slice(0, MAX_ELEMENTS);
}

/** The largest page that the rules allow. */
export async function largestSize(context: Context, rpc: Rpc): Promise<number> {
  const { input } = rpc.method;
  for (const size of [1_000, 100]) {
    const message = await acceptable(context, rpc, { page_size: size });
    if (context.oracle(input, message).length === 0) return size;
  }
  return 1;
}
