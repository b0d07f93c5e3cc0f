/**
 * The index behind a projection's alias: made at start if there is none, and checked against the mapping that this version
 * of the code writes. Writers require the alias, so that an index that was deleted is made again here, by its definition,
 * and never by a guess of Elasticsearch's.
 */
import { createHash } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { type Elasticsearch, isIndexMissing, statusOf } from '../../platform/elasticsearch/client.ts';
import { commonProperties } from '../../platform/elasticsearch/readModel.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { IndexDefinition } from './projection.ts';

const ALREADY_EXISTS = 400;

/** Throws OrderlogError MAPPING_CHANGED or ALIAS_MISSING (both need a person), or what the client throws. */
export async function ensureIndex(es: Elasticsearch, definition: IndexDefinition): Promise<void> {
  const present = await presentIndices(es, definition.alias);
  if (!present) return await createIndex(es, definition);
  const wanted = mappingHash(definition);
  for (const [index, { mappings }] of Object.entries(present)) {
    if (mappings._meta?.mappingHash !== wanted) throw mappingChanged(index, definition);
  }
}

/** What is behind the alias; undefined: nothing. */
async function presentIndices(es: Elasticsearch, alias: string) {
  try {
    return await es.indices.getMapping({ index: alias });
  } catch (error) {
    if (isIndexMissing(error)) return undefined;
    throw error;
  }
}

async function createIndex(es: Elasticsearch, definition: IndexDefinition): Promise<void> {
  const { index, alias, settings } = definition;
  const mappings: estypes.MappingTypeMapping = {
    dynamic: 'strict',
    _meta: { mappingHash: mappingHash(definition) },
    properties: propertiesOf(definition),
  };
  try {
    // Index and alias in one step: nobody ever finds the one without the other.
    await es.indices.create({ index, aliases: { [alias]: {} }, settings, mappings });
  } catch (error) {
    if (statusOf(error) !== ALREADY_EXISTS) throw error;
    // Another projector may have been faster; an index without its alias is somebody's unfinished work.
    if (!(await presentIndices(es, alias))) throw aliasMissing(definition, error);
  }
}

const propertiesOf = ({ properties }: IndexDefinition) => ({ ...commonProperties, ...properties });

const mappingHash = (definition: IndexDefinition): string =>
  createHash('sha256')
    .update(JSON.stringify(propertiesOf(definition)))
    .digest('hex');

const mappingChanged = (index: string, { alias, index: wanted }: IndexDefinition) =>
  new OrderlogError(
    'FAILED_PRECONDITION',
    'MAPPING_CHANGED',
    `index ${index} has another mapping than this version writes: rebuild it (\`orderlog rebuild ${alias}\`), or ` +
      `delete it, and ${wanted} is filled again from the log`,
  );

const aliasMissing = ({ alias, index }: IndexDefinition, cause: unknown) =>
  new OrderlogError(
    'FAILED_PRECONDITION',
    'ALIAS_MISSING',
    `index ${index} cannot be created, and alias ${alias} points nowhere: point it at the index that is to be read, ` +
      'or delete the index, and it is filled again from the log',
    { cause },
  );
