/**
 * Which fields of the contract are not for everybody's eyes: its option `orderlog.privacy.v1.sensitivity`, from the descriptor
 * image. What is written by name (logs, traces) goes by the names of these fields, in whichever spelling.
 */
import {
  type DescExtension,
  type DescField,
  type DescMessage,
  type FileRegistry,
  getOption,
  hasOption,
} from '@bufbuild/protobuf';
import { Sensitivity } from '../../proto/gen/orderlog/privacy/v1/privacy.ts';
import { descriptors } from '../grpc/descriptors.ts';

export type Mark = 'secret' | 'personal';

const EXTENSION = 'orderlog.privacy.v1.sensitivity';
const OWN = 'orderlog.';

const extensionOf = (registry: FileRegistry): DescExtension => {
  const extension = registry.getExtension(EXTENSION);
  if (!extension) throw new Error(`${EXTENSION} is not in the descriptor image: run npm run generate`);
  return extension;
};

export function markOf(field: DescField): Mark | undefined {
  const extension = extensionOf(descriptors().registry);
  if (!hasOption(field, extension)) return undefined;
  const sensitivity = getOption(field, extension) as unknown;
  if (sensitivity === Sensitivity.SENSITIVITY_SECRET) return 'secret';
  return sensitivity === Sensitivity.SENSITIVITY_PERSONAL ? 'personal' : undefined;
}

/** All marked fields of the contract. */
export const markedFields = (): readonly { readonly field: DescField; readonly mark: Mark }[] =>
  ownFields().flatMap((field) => {
    const mark = markOf(field);
    return mark ? [{ field, mark }] : [];
  });

function ownFields(): readonly DescField[] {
  const types = [...descriptors().registry].filter((type): type is DescMessage => type.kind === 'message');
  return types.filter(({ typeName }) => typeName.startsWith(OWN)).flatMap(({ fields }) => fields);
}

/** `paymentToken`, `payment_token` and `Payment-Token` are one name. */
export const plainName = (name: string): string => name.replaceAll(/[_-]/g, '').toLowerCase();

let names: ReadonlySet<string> | undefined;

/**
 * Plain names that say by themselves that a value is not to be shown: those of secret fields, and of personal ones where every
 * field of that name is personal (`customer_id`; not `message`, which most often is our own).
 */
export function markedNames(): ReadonlySet<string> {
  names ??= findNames();
  return names;
}

function findNames(): ReadonlySet<string> {
  const marks = new Map<string, Set<Mark | undefined>>();
  for (const field of ownFields()) {
    const name = plainName(field.name);
    marks.set(name, (marks.get(name) ?? new Set()).add(markOf(field)));
  }
  const isMarked = (found: ReadonlySet<Mark | undefined>) => found.has('secret') || !found.has(undefined);
  return new Set([...marks].flatMap(([name, found]) => (isMarked(found) ? [name] : [])));
}
