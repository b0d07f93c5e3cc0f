/**
 * The laws of lists (page_size, page_token, next_page_token; the list is the answer's first field, AIP-158): pages of 1, 2
 * and more join to the same list, nothing comes twice, a page holds no more than was asked for, the last has no token, and
 * a token that this list did not issue is refused by name. Others may write meanwhile: what differs is looked at again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { toBinary } from '@bufbuild/protobuf';
import { type Case, casesOn, NotOffered, Violation } from '../case.ts';
import { acceptable, type Context, send } from '../context.ts';
import type { Values } from '../generate/baseline.ts';
import { elementsBy, isPaged, largestSize, MAX_ELEMENTS, page } from '../lists.ts';
import { describeOutcome, messageText } from '../say.ts';
import { detailsOf } from '../status.ts';
import { type Rpc, rpcsOf } from '../targets.ts';

const SIZES = [1, 2, 3, 5];
const MAX_LOOKS = 5;
const LOOK_AGAIN_MS = 300;

export function pageCases(context: Context, rpc: Rpc): readonly Case[] {
  if (!isPaged(rpc)) return [];
  const made = casesOn('pages', rpc.title);
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

async function joinedPages(context: Context, rpc: Rpc, size: number): Promise<void> {
  for (let look = 1; ; look += 1) {
    const before = await elementsBy(context, rpc, MAX_ELEMENTS);
    const joined = await elementsBy(context, rpc, size);
    const after = await elementsBy(context, rpc, MAX_ELEMENTS);
    const isQuiet = before.join() === after.join();
    if (!isQuiet && look < MAX_LOOKS) {
      await sleep(LOOK_AGAIN_MS * look);
      continue;
    }
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
  const customer_id = await context.states.quietCustomer();
  const message = await acceptable(context, rpc, { customer_id, ...values, page_token: token });
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
