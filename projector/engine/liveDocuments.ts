/** The index that is read, as a target: whichever that is when the target is opened, and until another takes its place. */
import type { AnyEvent } from '../../platform/events.ts';
import { endAbandonedSwitch } from './abandonedSwitch.ts';
import { type DocumentTargetOptions, documentTarget } from './documentTarget.ts';
import { liveIndex } from './index.ts';
import type { DocumentProjection } from './projection.ts';
import type { Target } from './target.ts';
import { findIndex, type WrittenIndex } from './writtenIndex.ts';

/** Another index has taken this one's place. */
class IndexReplaced extends Error {
  constructor(before: string, now: string | undefined) {
    super(`${now ?? 'no index'} has taken the place of ${before}`);
    this.name = 'IndexReplaced';
  }
}

export function liveDocumentTarget<S, D extends object, E extends AnyEvent>(
  projection: DocumentProjection<S, D, E>,
  options: Pick<DocumentTargetOptions, 'es' | 'logger' | 'writer'>,
): Target<S> {
  const { es, logger } = options;
  const { index: definition } = projection;
  const stillWanted = async (written: WrittenIndex) => {
    const live = await findIndex(es, definition.alias);
    if (live?.index !== written.index) throw new IndexReplaced(written.index, live?.index);
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
