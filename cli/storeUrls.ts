/** URLs of stores as people give them, by an option or the variable that stands in for it; checked as the processes check theirs. */
import type { z } from 'zod';
import { url } from '../platform/config.ts';
import { OrderlogError } from '../platform/errors.ts';
import { natsUrl } from '../platform/log/natsServers.ts';
import { neverShow, passwordsIn } from '../platform/redaction/texts.ts';

export interface StoreOption {
  readonly option: string;
  readonly variable: string;
  readonly schema: z.ZodType<string>;
}

export const NATS: StoreOption = { option: '--nats', variable: 'ORDERLOG_NATS_URL', schema: natsUrl() };

export const ELASTICSEARCH: StoreOption = {
  option: '--elasticsearch',
  variable: 'ORDERLOG_ELASTICSEARCH_URL',
  schema: url('http://127.0.0.1:9200', ['http:', 'https:']),
};

/** undefined: neither is given. Throws OrderlogError that names the one that is wrong, and never its value: it may hold a password. */
export function givenUrl(
  { option, variable, schema }: StoreOption,
  flag: string | undefined,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const value = flag ?? (env[variable] || undefined);
  if (value === undefined) return undefined;
  neverShow(passwordsIn(value));
  const { error } = schema.safeParse(value);
  if (!error) return value;
  const message = `${flag === undefined ? variable : option}: ${error.issues[0]?.message}`;
  throw new OrderlogError('INVALID_ARGUMENT', 'ADDRESS_INVALID', message);
}
