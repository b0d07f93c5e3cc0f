/**
 * Where a projection is written: one index, by an alias of that index's own.
 *
 * Readers know the projection's alias, which a rebuild moves from one index to the next; a writer that followed it would
 * bring into the next what it made for the one before. The index's own alias goes with the index when that is deleted, and
 * is required by every write: so a write neither makes an index, by a guess of Elasticsearch's, nor gets into another.
 */
import { createHash } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { type Elasticsearch, isIndexMissing } from '../../platform/elasticsearch/client.ts';
import { commonProperties } from '../../platform/elasticsearch/readModel.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { IndexDefinition } from './projection.ts';

export interface WrittenIndex {
  readonly index: string;
  /** The index's own, by which it is written. */
  readonly alias: string;
  /** What its mapping knows, where that is of an earlier version of the code: other fields are left out. */
  readonly fields?: ReadonlySet<string>;
}

/** Of the index that readers see, and of those around it while it is replaced, and afterwards. */
export const aliasesOf = (alias: string) => ({
  live: alias,
  /** Being filled, to become the live one. */
  next: `${alias}-next`,
  /** Was live, and is kept. */
  previous: `${alias}-previous`,
  /** With a rebuild's run behind it (switchMark): about to become the live one; writes to that are blocked for it. */
  switching: `${alias}-switching`,
});

/** The mark without which that run of a rebuild cannot let readers go over. */
export const switchMark = (alias: string, run: string): string => `${aliasesOf(alias).switching}-${run}`;

export const writeAliasOf = (index: string): string => `${index}-writer`;

export const propertiesOf = ({ properties }: IndexDefinition) => ({ ...commonProperties, ...properties });

/** Equal: the same events lead to the same documents, mapped alike. */
export const shapeOf = (definition: IndexDefinition): string =>
  createHash('sha256')
    .update(JSON.stringify([definition.version, propertiesOf(definition)]))
    .digest('hex');

/** An index as it is. */
export interface FoundIndex {
  readonly index: string;
  readonly aliases: readonly string[];
  readonly shape: string | undefined;
  /** Of its definition (projection.ts); 0: unknown. */
  readonly version: number;
  readonly fields: ReadonlySet<string>;
  readonly isWriteBlocked: boolean;
}

/** What is behind an alias; undefined: nothing. Throws OrderlogError ALIAS_AMBIGUOUS, or what the client throws. */
export async function findIndex(es: Elasticsearch, alias: string): Promise<FoundIndex | undefined> {
  const found = Object.entries(await indicesBehind(es, alias));
  if (found.length > 1)
    throw ambiguous(
      alias,
      found.map(([index]) => index),
    );
  const [first] = found;
  if (!first) return undefined;
  const [index, { aliases = {}, mappings, settings }] = first;
  return {
    index,
    aliases: Object.keys(aliases),
    shape: mappings?._meta?.shape,
    version: Number(mappings?._meta?.version ?? 0),
    fields: new Set(Object.keys(mappings?.properties ?? {})),
    isWriteBlocked: String(settings?.index?.blocks?.write ?? false) === 'true',
  };
}

async function indicesBehind(
  es: Elasticsearch,
  alias: string,
): Promise<Readonly<Record<string, estypes.IndicesIndexState>>> {
  try {
    return await es.indices.get({ index: alias });
  } catch (error) {
    if (isIndexMissing(error)) return {};
    throw error;
  }
}

/** How an index is written by this version of the code. Throws OrderlogError SHAPE_NEWER. */
export function writtenBy(definition: IndexDefinition, found: FoundIndex): WrittenIndex {
  const { index, fields } = found;
  const alias = writeAliasOf(index);
  if (found.shape === shapeOf(definition)) return { index, alias };
  if (found.version > definition.version) throw shapeNewer(found, definition);
  return { index, alias, fields };
}

const ambiguous = (alias: string, indices: readonly string[]) =>
  new OrderlogError(
    'FAILED_PRECONDITION',
    'ALIAS_AMBIGUOUS',
    `alias ${alias} points at ${indices.join(' and ')}: leave it at the one that is to be read`,
  );

const shapeNewer = ({ index, version }: FoundIndex, definition: IndexDefinition) =>
  new OrderlogError(
    'FAILED_PRECONDITION',
    'SHAPE_NEWER',
    `index ${index} is of version ${version}, and this code writes version ${definition.version}: run the version that made it, or ` +
      `go back to the index before it (\`orderlog rebuild ${definition.alias} --rollback\`)`,
  );
