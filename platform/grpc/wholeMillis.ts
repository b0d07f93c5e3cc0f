/**
 * Times to the millisecond: as `Date` holds them, in which they are handled. Cut here, since what turns the finer into a Date
 * rounds it: at the end of the year 9999 into a year that no timestamp has.
 */
import type { DescMessage, Message } from '@bufbuild/protobuf';
import { type ReflectList, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';

const NANOS_PER_MILLI = 1_000_000;

const isTime = (type: DescMessage): boolean => type.typeName === TimestampSchema.typeName;

/** Whether a message may hold a time, at any depth. */
export function holdsTime(type: DescMessage, seen = new Set<DescMessage>()): boolean {
  if (isTime(type)) return true;
  if (seen.has(type)) return false;
  seen.add(type);
  return type.fields.some((field) => field.message && holdsTime(field.message, seen));
}

/** Changes the message. Maps are left alone: no request has one. */
export function cutToMillis(type: DescMessage, message: Message): void {
  cut(reflect(type, message));
}

function cut(message: ReflectMessage): void {
  if (isTime(message.desc)) {
    const time = message.message as Timestamp;
    time.nanos -= time.nanos % NANOS_PER_MILLI;
    return;
  }
  for (const field of message.fields) {
    if (!field.message || field.fieldKind === 'map' || !message.isSet(field)) continue;
    const value = message.get(field) as ReflectMessage | ReflectList;
    if ('desc' in value) cut(value);
    else for (const each of value) cut(each as ReflectMessage);
  }
}
