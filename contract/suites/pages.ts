/**
 * The laws of lists (page_size, page_token, next_page_token; the list is the answer's first field, AIP-158): pages of 1, 2
 * and more join to the same list, nothing comes twice, a page holds no more than was asked for, the last has no token, and
 * a token that this list did not issue is refused by name. Others may write meanwhile: what differs is looked at again.
 */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ReflectList, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Case, NotOffered, Violation } from '../case.ts';
import { acceptable, type Context, expectMessage, send } from '../context.ts';
import type { Values } from '../generate/baseline.ts';
import { describeOutcome, messageText } from '../say.ts';
import { detailsOf, fieldValue } from '../status.ts';
import { type Rpc, rpcsOf } from '../targets.ts';

interface Page {
  /** Each element's bytes. */
  readonly elements: readonly string[];
  readonly next: string;
}

const SIZES = [1, 2, 3, 5];
/** How far a list is followed: some are long. */
const MAX_ELEMENTS = 12;
const MAX_LOOKS = 5;

export const isPaged = ({ method: { input, output } }: Rpc): boolean =>
  ['page_size', 'page_token'].every((name) => input.fields.some((field) => field.name === name)) &&
  output.fields.some(({ name }) => name === 'next_page_token');

export function pageCases(context: Context, rpc: Rpc): readonly Case[] {
  if (!isPaged(rpc)) return [];
  const made = (name: string, run: () => Promise<void>): Case => ({
    suite: 'pages',
    subject: rpc.title,
    name,
    run,
  });
  return [
    ...SIZES.map((size) => made(`joined/pages_of_${size}`, () => joinedPages(context, rpc, size))),
    made('to_the_end', () => toTheEnd(context, rpc)),
    ...Object.entries(TAMPERED).map(([name, tamper]) =>
      made(`token/${name}`, async () => refusedToken(context, rpc, tamper(await tokenOf(context, rpc)))),
    ),
    made('token/of_nobody', () => refusedToken(context, rpc, 'bm90LWEtdG9rZW4')),
    made('token/of_another_list', () => tokenOfOthers(context, rpc)),
    made('token/of_another_request', () => tokenOfAnotherRequest(context, rpc)),
  ];
}

const TAMPERED: Readonly<Record<string, (token: string) => string>> = {
  longer: (token) => `${token}A`,
  longer_by_padding: (token) => `${token}=`,
  shorter: (token) => token.slice(0, -1) || '*',
  changed: (token) => (token.startsWith('A') ? 'B' : 'A') + token.slice(1),
};

async function page(context: Context, rpc: Rpc, values: Values): Promise<Page> {
  const { input, output } = rpc.method;
  const message = await acceptable(context, rpc, values);
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
async function elementsBy(context: Context, rpc: Rpc, size: number): Promise<readonly string[]> {
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

async function joinedPages(context: Context, rpc: Rpc, size: number): Promise<void> {
  for (let look = 1; ; look += 1) {
    const before = await elementsBy(context, rpc, MAX_ELEMENTS);
    const joined = await elementsBy(context, rpc, size);
    const after = await elementsBy(context, rpc, MAX_ELEMENTS);
    const isQuiet = before.join() === after.join();
    if (!isQuiet && look < MAX_LOOKS) continue;
    const twice = joined.find((each, index) => joined.indexOf(each) !== index);
    if (twice !== undefined) throw new Violation('each element once', `one twice, by pages of ${size}`);
    if (joined.join() === after.join()) return;
    throw new Violation(
      `pages of ${size} that join to the list in one page (${after.length} elements)`,
      `${joined.length} elements, ${differences(joined, after)} of them others or elsewhere`,
    );
  }
}

const differences = (a: readonly string[], b: readonly string[]): number =>
  a.filter((each, index) => each !== b[index]).length;

/** The largest pages that are allowed end, and only the last has no token. */
async function toTheEnd(context: Context, rpc: Rpc): Promise<void> {
  const size = await largestSize(context, rpc);
  for (let token = '', pages = 0; pages < MAX_ELEMENTS; pages += 1) {
    const { elements, next } = await page(context, rpc, { page_size: size, page_token: token });
    if (next === '') return;
    if (elements.length === 0) throw new Violation('elements on a page that is not the last', 'none');
    token = next;
  }
}

async function largestSize(context: Context, rpc: Rpc): Promise<number> {
  const { input } = rpc.method;
  for (const size of [1_000, 100]) {
    const message = await acceptable(context, rpc, { page_size: size });
    if (context.oracle(input, message).length === 0) return size;
  }
  return 1;
}

/** Empty: the list has no second page. */
const tokenOf = async (context: Context, rpc: Rpc): Promise<string> =>
  (await page(context, rpc, { page_size: 1, page_token: '' })).next;

async function tokenOfOthers(context: Context, rpc: Rpc): Promise<void> {
  for (const other of rpcsOf(context.targets).filter(isPaged)) {
    if (other.path === rpc.path) continue;
    try {
      const token = await tokenOf(context, other);
      if (token !== '') await refusedToken(context, rpc, token);
    } catch (error) {
      if (!(error instanceof NotOffered)) throw error;
    }
  }
}

/** A token goes on with what was asked for, not with something else. */
async function tokenOfAnotherRequest(context: Context, rpc: Rpc): Promise<void> {
  const token = await tokenOf(context, rpc);
  const others: Values = {
    order_id: await context.states.anyOrder(),
    needs_review: true,
    consumer: 'contract.other',
    customer_id: 'contract-other',
  };
  const changed = Object.keys(others).filter((name) =>
    rpc.method.input.fields.some((field) => field.name === name),
  );
  if (token === '') return;
  for (const name of changed) await refusedToken(context, rpc, token, { [name]: others[name] });
}

async function refusedToken(context: Context, rpc: Rpc, token: string, values: Values = {}): Promise<void> {
  const message = await acceptable(context, rpc, { ...values, page_token: token });
  const outcome = await send(context, rpc, toBinary(rpc.method.input, message));
  const fields = detailsOf(context.image, outcome)?.fields ?? [];
  if (outcome.code === 'UNIMPLEMENTED') await page(context, rpc, {});
  if (outcome.code === 'INVALID_ARGUMENT' && fields.join() === 'page_token') return;
  throw new Violation(
    'INVALID_ARGUMENT naming page_token',
    describeOutcome(context.image, outcome),
    messageText(context.image, rpc.method.input, message),
  );
}
