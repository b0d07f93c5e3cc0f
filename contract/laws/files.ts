/** What reflection says of a file is what the descriptor image has; comments (source_code_info) may be left out. */
import { createHash } from 'node:crypto';
import { equals, fromBinary } from '@bufbuild/protobuf';
import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Violation } from '../case.ts';
import type { Image } from '../image.ts';
import { fieldValue } from '../status.ts';

/** Throws Violation unless a ServerReflectionResponse holds the file, and no file that is not the image's own. */
export function hasFile(image: Image, answer: ReflectMessage, wanted: string): void {
  const failed = answer.fields.find(({ name }) => name === 'error_response');
  if (failed && answer.isSet(failed)) {
    const error = answer.get(failed) as ReflectMessage;
    throw new Violation(`the file ${wanted}`, String(fieldValue(error, 'error_message')));
  }
  const response = fieldValue(answer, 'file_descriptor_response') as ReflectMessage;
  const files = [...(fieldValue(response, 'file_descriptor_proto') as Iterable<Uint8Array>)];
  const names = files.map((bytes) => checkedFile(image, bytes));
  if (!names.includes(wanted)) throw new Violation(`the file ${wanted}`, `others only: ${names.join(', ')}`);
}

/** Bytes that were compared before, and their file's name: the same few come again and again. */
const compared = new WeakMap<Image, Map<string, string>>();

/** The file's name. Throws Violation for a file that is not the image's own. */
function checkedFile(image: Image, bytes: Uint8Array): string {
  const known = compared.get(image) ?? new Map<string, string>();
  compared.set(image, known);
  const key = createHash('sha256').update(bytes).digest('base64');
  const before = known.get(key);
  if (before !== undefined) return before;
  const file = fromBinary(FileDescriptorProtoSchema, bytes);
  const own = image.files.get(file.name);
  // Rules and saga options are fields that descriptor.proto itself does not know.
  const options = { registry: image.registry, unknown: true };
  if (!own || !equals(FileDescriptorProtoSchema, bare(own), bare(file), options)) {
    throw new Violation(
      `${file.name} as in the descriptor image`,
      own ? 'another' : 'a file that is not there',
    );
  }
  known.set(key, file.name);
  return file.name;
}

const bare = (file: FileDescriptorProto): FileDescriptorProto => {
  const { sourceCodeInfo: _, ...rest } = file;
  return rest as FileDescriptorProto;
};
