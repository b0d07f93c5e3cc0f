/**
 * The index that a projection keeps up: the one behind its alias, made at start if there is none.
 *
 * One that an earlier version of the code made is kept up all the same, as far as its mapping goes, and readers go on with
 * it: what this version would write otherwise comes with a rebuild (cli/rebuild), which the log and the checkpoint ask for.
 */
import type { estypes } from '@elastic/elasticsearch';
import { type Elasticsearch, statusOf } from '../../platform/elasticsearch/client.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { IndexDefinition } from './projection.ts';
import {
  findIndex,
  propertiesOf,
  shapeOf,
  type WrittenIndex,
  writeAliasOf,
  writtenBy,
} from './writtenIndex.ts';

const ALREADY_EXISTS = 400;

/** Throws OrderlogError ALIAS_MISSING, ALIAS_AMBIGUOUS or SHAPE_NEWER (a person is needed), or what the client throws. */
export async function liveIndex(es: Elasticsearch, definition: IndexDefinition): Promise<WrittenIndex> {
  const found = (await findIndex(es, definition.alias)) ?? (await createLive(es, definition));
  const target = writtenBy(definition, found);
  if (!found.aliases.includes(target.alias)) {
    await es.indices.putAlias({ index: target.index, name: target.alias });
  }
  return target;
}

/** What is to be done about an index of another shape than this version writes; undefined: nothing. */
export const adviceFor = ({ index, fields }: WrittenIndex, { alias }: IndexDefinition): string | undefined =>
  fields &&
  `index ${index} was made by another version than this one, and is kept up as it is: rebuild it (\`orderlog rebuild ${alias}\`)`;

async function createLive(es: Elasticsearch, definition: IndexDefinition) {
  const { alias } = definition;
  const index = `${alias}-v${definition.version}`;
  let cause: unknown;
  try {
    await createIndex(es, definition, { index, alias });
  } catch (error) {
    if (statusOf(error) !== ALREADY_EXISTS) throw error;
    cause = error;
  }
  // Another projector may have been faster; an index without its alias is somebody's unfinished work.
  const found = await findIndex(es, alias);
  if (!found) throw aliasMissing(alias, index, cause);
  return found;
}

/** Index and aliases in one step: nobody ever finds the one without the others. */
export async function createIndex(
  es: Elasticsearch,
  definition: IndexDefinition,
  { index, alias }: { readonly index: string; readonly alias: string },
): Promise<void> {
  const mappings: estypes.MappingTypeMapping = {
    dynamic: 'strict',
    _meta: { shape: shapeOf(definition), version: definition.version },
    properties: propertiesOf(definition),
  };
  const aliases = { [alias]: {}, [writeAliasOf(index)]: {} };
  await es.indices.create({ index, aliases, settings: definition.settings, mappings });
}

const aliasMissing = (alias: string, index: string, cause: unknown) =>
  new OrderlogError(
    'FAILED_PRECONDITION',
    'ALIAS_MISSING',
    `index ${index} cannot be created, and alias ${alias} points nowhere: point it at the index that is to be read, ` +
      'or delete the index, and it is filled again from the log',
    { cause },
  );
