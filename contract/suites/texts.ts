/**
 * What no text may hold, in every text of every request, at every depth: bytes that are no UTF-8 (lone surrogates among
 * them), a NUL, a payment card's number. Refused for that field, and never said again.
 */
import { ScalarType } from '@bufbuild/protobuf';
import { type Case, Violation } from '../case.ts';
import { type Context, expectBytes, plausible } from '../context.ts';
import { withRawText } from '../generate/bytes.ts';
import { type Place, placesOf } from '../generate/places.ts';
import { bytesText } from '../say.ts';
import type { Rpc } from '../targets.ts';

const CARD = '4111111111111111';
const CARDS: Readonly<Record<string, string>> = {
  card_number: CARD,
  card_number_as_printed: '4111 1111 1111 1111',
  card_number_in_text: `pay with ${CARD} please`,
};
const UNREADABLE: Readonly<Record<string, readonly number[]>> = {
  nul: [0x61, 0x00, 0x62],
  not_utf8: [0x61, 0xff, 0x62],
  overlong: [0x61, 0xc0, 0xaf],
  lone_surrogate: [0x61, 0xed, 0xa0, 0x80],
  cut_character: [0x61, 0xf0, 0x9f, 0x98],
};

export function textCases(context: Context, rpc: Rpc): readonly Case[] {
  const texts = placesOf(rpc.method.input).filter(({ field }) => isText(field.scalar));
  return texts.flatMap((place) => [
    ...Object.entries(UNREADABLE).map(([name, bytes]) =>
      textCase(context, rpc, place, name, Buffer.from(bytes)),
    ),
    ...Object.entries(CARDS).map(([name, text]) => textCase(context, rpc, place, name, Buffer.from(text))),
  ]);
}

const isText = (scalar: ScalarType | undefined): boolean => scalar === ScalarType.STRING;

function textCase(context: Context, rpc: Rpc, place: Place, name: string, raw: Buffer): Case {
  return {
    suite: 'text',
    subject: rpc.title,
    name: `${place.path}/${name}`,
    async run() {
      const bytes = withRawText(rpc.method.input, plausible(rpc), place, raw);
      const outcome = await expectBytes(context, rpc, bytes, { kind: 'refusedAt', field: place.path });
      const said = [outcome.message, Buffer.from(outcome.details ?? []).toString('latin1')];
      if (!said.some((text) => text.includes(CARD.slice(0, 8)))) return;
      throw new Violation('a refusal that does not repeat the number', 'one that does', bytesText(bytes));
    },
  };
}
