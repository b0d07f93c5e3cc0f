/**
 * The places of a message type: every field at every depth that a request can set, with a way to get at it. A list of
 * messages is entered at its first element.
 */
import { clone, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf';
import { type ReflectList, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';

export interface Place {
  /** As a BadRequest names it, such as `lines[0].sku`. */
  readonly path: string;
  readonly field: DescField;
  /** The fields that lead to it. */
  readonly through: readonly MessageField[];
}

type MessageField = DescField & ({ fieldKind: 'message' } | { fieldKind: 'list'; listKind: 'message' });

/** Messages that stand for one value, whatever fields they have. */
const WHOLE = ['google.protobuf.Timestamp', 'google.protobuf.Duration', 'google.protobuf.Any'];

export const isWhole = (type: DescMessage): boolean => WHOLE.includes(type.typeName);

export function placesOf(type: DescMessage, through: readonly MessageField[] = [], prefix = ''): Place[] {
  return type.fields.flatMap((field): Place[] => {
    const path = prefix + field.name;
    const place: Place = { path, field, through };
    if (!isMessageField(field) || isWhole(field.message)) return [place];
    const inner = `${path}${field.fieldKind === 'list' ? '[0]' : ''}.`;
    return [place, ...placesOf(field.message, [...through, field], inner)];
  });
}

const isMessageField = (field: DescField): field is MessageField =>
  field.fieldKind === 'message' || (field.fieldKind === 'list' && field.listKind === 'message');

/** The place by its path. */
export function placeAt(type: DescMessage, path: string): Place {
  const place = placesOf(type).find((each) => each.path === path);
  if (!place) throw new Error(`${type.typeName} has no field ${path}`);
  return place;
}

/** A copy of a message in which one place was changed. What leads there is made where it is missing. */
export function change(
  type: DescMessage,
  message: Message,
  { through, field }: Place,
  edit: (holder: ReflectMessage, field: DescField) => void,
): Message {
  const copy = clone(type, message);
  edit(through.reduce(enter, reflect(type, copy)), field);
  return copy;
}

/** Sets a place; undefined: takes it away. */
export const setTo =
  (value: unknown) =>
  (holder: ReflectMessage, field: DescField): void => {
    if (value === undefined) holder.clear(field);
    else if (field.fieldKind === 'list') fill(holder.get(field), value as readonly unknown[]);
    else holder.set(field, value);
  };

function fill(list: ReflectList, values: readonly unknown[]): void {
  list.clear();
  for (const value of values) list.add(value);
}

function enter(holder: ReflectMessage, field: MessageField): ReflectMessage {
  if (field.fieldKind === 'list') {
    const list = holder.get(field);
    if (list.size === 0) list.add(reflect(field.message));
    return list.get(0) as ReflectMessage;
  }
  if (!holder.isSet(field)) holder.set(field, reflect(field.message));
  return holder.get(field);
}
