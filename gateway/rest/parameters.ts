/** The parameters of a request: only those that a route knows, each with its text as it was given. */
import type { FastifyRequest } from 'fastify';
import { OrderlogError } from '../../platform/errors.ts';
import { headerOf } from './routes.ts';

export const TOKEN_HEADER = 'Consistency-Token';
export const TOKEN_PARAMETER = 'consistency_token';

type Given = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Parameters {
  /** '' where it is not given. Throws OrderlogError if it is given twice. */
  one(name: string): string;
  /** Once for each time it is given; `name=a,b` counts as two. */
  all(name: string): readonly string[];
}

/** Throws OrderlogError, naming a parameter that is none of `known`. */
export function parametersOf(request: FastifyRequest, known: readonly string[]): Parameters {
  const given = request.query as Given;
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const others =
      known.length > 0
        ? `known ${known.length > 1 ? 'are' : 'is'} ${known.join(', ')}`
        : 'there are none here';
    throw wrong(unknown, `is not a parameter: ${others}`);
  }
  return {
    one(name) {
      const value = given[name] ?? '';
      if (typeof value !== 'string') throw wrong(name, 'must be given once');
      return value;
    },
    all: (name) =>
      [given[name] ?? []]
        .flat()
        .flatMap((each) => each.split(','))
        .filter((each) => each !== ''),
  };
}

/** The Consistency-Token header, or the parameter. */
export const consistencyTokenOf = (request: FastifyRequest, parameters: Parameters): string =>
  headerOf(request, TOKEN_HEADER.toLowerCase()) ?? parameters.one(TOKEN_PARAMETER);

export function wrong(field: string, description: string): OrderlogError {
  return new OrderlogError('INVALID_ARGUMENT', 'INVALID_FIELD', `${field} ${description}`, {
    violations: [{ field, description }],
  });
}
