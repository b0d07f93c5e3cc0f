/**
 * Takes out of a message what its fields say is not for these eyes (marks.ts), at whatever depth: what is secret, always; what is
 * personal, for those who only look after the system. Texts become REDACTED, so that it is seen that there is something; all
 * else is cleared.
 */
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import { type Mark, markOf } from './marks.ts';
import { REDACTED } from './texts.ts';

/** Who looks: somebody who may see the person's orders, or somebody who looks after the system. */
export type Viewer = 'reader' | 'operator';

interface Step {
  readonly field: DescField;
  /** Unset: it holds something that is marked. */
  readonly mark: Mark | undefined;
}

const plans = new Map<DescMessage, readonly Step[]>();

export function redactMessage(message: ReflectMessage, viewer: Viewer): void {
  for (const { field, mark } of planOf(message.desc)) {
    if (!message.isSet(field)) continue;
    if (mark === undefined) for (const each of messagesIn(message, field)) redactMessage(each, viewer);
    else if (mark === 'secret' || viewer === 'operator') hide(message, field, mark);
  }
}

function hide(message: ReflectMessage, field: DescField, mark: Mark): void {
  const isText = field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING;
  if (isText && mark === 'personal') message.set(field, REDACTED);
  else message.clear(field);
}

/** The fields of a type that are marked, or hold what is; nothing else of it is looked at. */
function planOf(type: DescMessage): readonly Step[] {
  const known = plans.get(type);
  if (known) return known;
  const plan = type.fields.flatMap((field): Step[] => {
    const mark = markOf(field);
    return mark || (field.message && holdsMarked(field.message)) ? [{ field, mark }] : [];
  });
  plans.set(type, plan);
  return plan;
}

function holdsMarked(type: DescMessage, seen = new Set<DescMessage>()): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  return type.fields.some(
    (field) => markOf(field) !== undefined || (field.message && holdsMarked(field.message, seen)),
  );
}

function messagesIn(message: ReflectMessage, field: DescField): Iterable<ReflectMessage> {
  if (field.fieldKind === 'message') return [message.get(field)];
  if (field.fieldKind === 'list') return message.get(field) as Iterable<ReflectMessage>;
  if (field.fieldKind === 'map') return [...message.get(field)].map(([, each]) => each as ReflectMessage);
  return [];
}
