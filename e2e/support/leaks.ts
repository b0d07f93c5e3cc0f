/** Looks for what must stand nowhere, in whatever spelling it may: as it is, in JSON, in a URL, in base64 or in hex. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What must not be found. */
export interface Needle {
  readonly what: string;
  readonly text: string;
}

/** Where it is looked for. */
export interface Place {
  readonly where: string;
  readonly text: string;
}

/** `<where>: <what>` for each needle that is found in a place. */
export const leaksIn = (places: readonly Place[], needles: readonly Needle[]): readonly string[] =>
  needles.flatMap(({ what, text }) => {
    const forms = formsOf(text);
    const found = places.filter((place) => forms.some((form) => place.text.includes(form)));
    return found.map(({ where }) => `${where}: ${what}`);
  });

function formsOf(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const plain = [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)];
  return [...plain, bytes.toString('hex'), ...base64Forms(bytes)];
}

/** As it stands in the base64 of something longer, wherever it begins there: without what depends on its neighbours. */
const base64Forms = (bytes: Buffer): readonly string[] =>
  [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const own = text.slice(shift === 0 ? 0 : 4, text.length - 4);
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });

/** Every file of a folder. */
export const filesIn = (folder: string): readonly Place[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => ({ where: name, text: readFileSync(join(parentPath, name), 'utf8') }));
