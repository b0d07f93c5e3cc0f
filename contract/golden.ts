/**
 * The golden bytes of the events: one file an event in contract/golden/, its sample as JSON and as hex beside each other.
 * They are written once and reviewed (`--accept-golden`); from then on a changed byte is a failure.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type DescMessage, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import { eventsOf, type Image } from './image.ts';
import { sampleOf } from './sample.ts';

export interface Golden {
  readonly type: string;
  /** Lines of 32 bytes, lower-case hex. */
  readonly hex: readonly string[];
  readonly json: JsonValue;
}

const FOLDER = new URL('golden/', import.meta.url);
const LINE_CHARS = 64;

const fileOf = (type: string): URL => new URL(`${type}.json`, FOLDER);

/** As the descriptor image makes it today. */
export function goldenOf({ registry }: Image, type: DescMessage): Golden {
  const sample = sampleOf(type);
  const hex = Buffer.from(toBinary(type, sample)).toString('hex');
  return {
    type: type.typeName,
    hex: hex.match(new RegExp(`.{1,${LINE_CHARS}}`, 'g')) ?? [],
    json: toJson(type, sample, { registry, useProtoFieldName: true }),
  };
}

/** As it was reviewed; undefined: never. */
export function reviewedGolden(type: string): Golden | undefined {
  const file = fileOf(type);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Golden) : undefined;
}

export const goldenBytes = ({ hex }: Golden): Uint8Array => Buffer.from(hex.join(''), 'hex');

/** The reviewed ones, by full name. */
export const reviewedTypes = (): readonly string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length));

/** Writes them anew. Returns what changed, a line each. */
export function acceptGolden(image: Image): readonly string[] {
  mkdirSync(FOLDER, { recursive: true });
  const events = eventsOf(image);
  const gone = reviewedTypes().filter((type) => !events.some(({ typeName }) => typeName === type));
  for (const type of gone) rmSync(fileOf(type));
  const written = events.flatMap((type): string[] => {
    const golden = goldenOf(image, type);
    const before = reviewedGolden(golden.type);
    const text = `${JSON.stringify(golden, null, 2)}\n`;
    if (before && text === readFileSync(fileOf(golden.type), 'utf8')) return [];
    writeFileSync(fileOf(golden.type), text);
    return before ? [`changed ${golden.type}`, ...changedLines(before, golden)] : [`new     ${golden.type}`];
  });
  return [...gone.map((type) => `gone    ${type}`), ...written];
}

const changedLines = (before: Golden, after: Golden): readonly string[] =>
  Array.from({ length: Math.max(before.hex.length, after.hex.length) }, (_, line) => line).flatMap((line) =>
    before.hex[line] === after.hex[line]
      ? []
      : [`  - ${before.hex[line] ?? ''}`, `  + ${after.hex[line] ?? ''}`],
  );
