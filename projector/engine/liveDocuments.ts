/** The index that is read, as a target: whichever that is when the target is opened, and until another takes its place. */
import type { AnyEvent } from '../../platform/events.ts';
import { endAbandonedSwitch } from './abandonedSwitch.ts';
import { type DocumentTargetOptions, documentTarget } from './documentTarget.ts';
import { liveIndex } from './index.ts';
import type { DocumentProjection } from './projection.ts';
import { type Target, TargetReplaced } from './target.ts';
import { findIndex, type WrittenIndex } from './writtenIndex.ts';

export function liveDocumentTarget<S, D extends object, E extends AnyEvent>(
  projection: DocumentProjection<S, D, E>,
  options: Pick<DocumentTargetOptions, 'es' | 'logger' | 'writer' | 'onStored'>,
): Target<S> {
  const { es, logger } = options;
  const { index: definition } = projection;
  const stillWanted = async (written: WrittenIndex) => {
    const live = await findIndex(es, definition.alias);
    if (live?.index !== written.index) throw new TargetReplaced(written.index, live?.index);
    await endAbandonedSwitch(es, definition.alias, live, logger);
  };
  return documentTarget(projection, {
    ...options,
    async index() {
      const live = await liveIndex(es, definition);
      await stillWanted(live);
      return live;
    },
    stillWanted,
  });
}
