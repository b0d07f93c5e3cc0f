/** What the contract says of its own parts: the comments of the proto files, from the descriptor image. */
import type {
  DescEnum,
  DescEnumValue,
  DescField,
  DescFile,
  DescMessage,
  DescMethod,
} from '@bufbuild/protobuf';

export type Described = DescMessage | DescField | DescEnum | DescEnumValue | DescMethod;

/** Numbers of the fields in descriptor.proto, by which a part of a file is found. */
const IN_FILE = { message: 4, enum: 5, service: 6 } as const;
const IN_MESSAGE = { field: 2, message: 3, enum: 4 } as const;
const IN_PART = 2;

/** '' where it says nothing. Lines are joined; an empty one stays as a paragraph's end. */
export function commentOf(part: Described): string {
  const comments = commentsOf(fileOf(part));
  const text = comments.get(pathOf(part).join('.')) ?? '';
  return text
    .split(/\n\s*\n/)
    .map((paragraph) =>
      paragraph
        .split('\n')
        .map((line) => line.trim())
        .join(' ')
        .trim(),
    )
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

const read = new WeakMap<DescFile, ReadonlyMap<string, string>>();

function commentsOf(file: DescFile): ReadonlyMap<string, string> {
  const known = read.get(file);
  if (known) return known;
  const locations = file.proto.sourceCodeInfo?.location ?? [];
  const comments = new Map(locations.map(({ path, leadingComments }) => [path.join('.'), leadingComments]));
  read.set(file, comments);
  return comments;
}

function fileOf(part: Described): DescFile {
  if (part.kind === 'message' || part.kind === 'enum') return part.file;
  return part.kind === 'rpc' ? part.parent.file : part.parent.file;
}

function pathOf(part: Described): number[] {
  switch (part.kind) {
    case 'message':
      return part.parent
        ? [...pathOf(part.parent), IN_MESSAGE.message, part.parent.nestedMessages.indexOf(part)]
        : [IN_FILE.message, part.file.messages.indexOf(part)];
    case 'enum':
      return part.parent
        ? [...pathOf(part.parent), IN_MESSAGE.enum, part.parent.nestedEnums.indexOf(part)]
        : [IN_FILE.enum, part.file.enums.indexOf(part)];
    case 'field':
      return [...pathOf(part.parent), IN_MESSAGE.field, part.parent.proto.field.indexOf(part.proto)];
    case 'enum_value':
      return [...pathOf(part.parent), IN_PART, part.parent.values.indexOf(part)];
    case 'rpc':
      return [
        IN_FILE.service,
        part.parent.file.services.indexOf(part.parent),
        IN_PART,
        part.parent.methods.indexOf(part),
      ];
  }
}
