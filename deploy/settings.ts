/** What the schemas of settings say of themselves. */
import { z } from 'zod';
import type { SettingFacts, Shape } from '../platform/config.ts';

export interface Setting extends SettingFacts {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
  /** As it would be written. */
  readonly default?: string;
}

export const settingsOf = (shape: Shape): readonly Setting[] =>
  Object.entries<z.ZodType>(shape).map(([name, schema]) => {
    const facts = factsOf(schema);
    const isRequired = !schema.safeParse(undefined).success;
    const usual = schema instanceof z.ZodDefault ? String(schema.def.defaultValue) : undefined;
    return {
      name,
      ...facts,
      description: schema.description ?? '',
      isRequired,
      ...(usual !== undefined && { default: usual }),
    };
  });

export const secretsOf = (shape: Shape): readonly string[] =>
  settingsOf(shape)
    .filter(({ isSecret }) => isSecret)
    .map(({ name }) => name);

/** Those of the schema that a default or "optional" was put around. */
function factsOf(schema: z.ZodType): SettingFacts {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) {
    return factsOf(schema.def.innerType as z.ZodType);
  }
  const { description: _description, ...facts } = schema.meta() ?? {};
  return facts as SettingFacts;
}
