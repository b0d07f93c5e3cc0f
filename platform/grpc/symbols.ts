/** Which file of the descriptor image declares a symbol: made once, when reflection is first asked. */
import type { DescEnum, DescExtension, DescMessage } from '@bufbuild/protobuf';
import { descriptors } from './descriptors.ts';

let cached: ReadonlyMap<string, string> | undefined;

/**
 * File names by full symbol name: services, methods, messages, fields, oneofs, enums, enum values and extensions. Enum
 * values are siblings of their enum, as protobuf scopes them.
 */
export function filesBySymbol(): ReadonlyMap<string, string> {
  if (cached) return cached;
  const symbols = new Map<string, string>();
  for (const file of descriptors().registry.files) {
    for (const symbol of symbolsOf(file)) symbols.set(symbol, file.proto.name);
    for (const service of file.services) {
      symbols.set(service.typeName, file.proto.name);
      for (const method of service.methods)
        symbols.set(`${service.typeName}.${method.name}`, file.proto.name);
    }
  }
  cached = symbols;
  return symbols;
}

type Scope =
  | { messages: readonly DescMessage[]; enums: readonly DescEnum[]; extensions: readonly DescExtension[] }
  | DescMessage;

function* symbolsOf(scope: Scope): Generator<string> {
  const nested = 'nestedMessages' in scope;
  for (const each of nested ? scope.nestedEnums : scope.enums) yield* enumSymbols(each);
  for (const each of nested ? scope.nestedExtensions : scope.extensions) yield each.typeName;
  for (const message of nested ? scope.nestedMessages : scope.messages) {
    yield message.typeName;
    for (const { name } of [...message.fields, ...message.oneofs]) yield `${message.typeName}.${name}`;
    yield* symbolsOf(message);
  }
}

function* enumSymbols(declared: DescEnum): Generator<string> {
  yield declared.typeName;
  const scope = declared.typeName.slice(0, declared.typeName.lastIndexOf('.') + 1);
  for (const value of declared.values) yield scope + value.name;
}

/** What a file imports directly. */
export function importsOf(file: string): readonly string[] {
  return descriptors().registry.getFile(file)?.proto.dependency ?? [];
}

function* extensions(): Generator<DescExtension> {
  for (const each of descriptors().registry) if (each.kind === 'extension') yield each;
}

/** The file of the extension of a message by this number. */
export function fileOfExtension(extended: string, number: number): string | undefined {
  for (const each of extensions()) {
    if (each.extendee.typeName === extended && each.number === number) return each.file.proto.name;
  }
  return undefined;
}

/** The numbers of all known extensions of a message. */
export function extensionNumbersOf(extended: string): number[] {
  return [...extensions()].filter((each) => each.extendee.typeName === extended).map((each) => each.number);
}
