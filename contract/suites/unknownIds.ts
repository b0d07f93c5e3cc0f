/** What is asked of what is not there is NOT_FOUND, with details; what makes it, makes it. */
import { randomUUID } from 'node:crypto';
import type { Case } from '../case.ts';
import { acceptable, type Context, expectMessage } from '../context.ts';
import { isMaker } from '../states.ts';
import type { Rpc } from '../targets.ts';

const NAMES = ['order_id', 'sku', 'parked_id'];

export function unknownIdCases(context: Context, rpc: Rpc): readonly Case[] {
  const { input } = rpc.method;
  const names = input.fields.map(({ name }) => name).filter((name) => NAMES.includes(name));
  // In a list's filter an unknown id is no error: nothing matches it.
  const isList = input.fields.some(({ name }) => name === 'page_size') && !names.includes('order_id');
  if (isMaker(rpc) || isList) return [];
  return names.map(
    (name): Case => ({
      suite: 'unknown ids',
      subject: rpc.title,
      name,
      async run() {
        const value = name === 'sku' ? `NONE-${randomUUID()}` : randomUUID();
        const message = await acceptable(context, rpc, { [name]: value });
        await expectMessage(context, rpc, message, { kind: 'accepted', codes: ['NOT_FOUND'] });
      },
    }),
  );
}
