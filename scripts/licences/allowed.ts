/** Which licences what is shipped may have: those whose terms a work under Apache-2.0 keeps by passing on their texts. */

/** By their SPDX ids; what each asks for beyond that. */
export const ALLOWED: Readonly<Record<string, string>> = {
  'Apache-2.0': "the project's own",
  MIT: '',
  'BSD-2-Clause': '',
  'BSD-3-Clause': '',
  ISC: '',
  '0BSD': 'nothing at all',
  'BlueOak-1.0.0': '',
  'CC0-1.0': 'nothing at all',
  Unlicense: 'nothing at all',
};

/** Packages that may have another one, and why. */
export const EXCEPTIONS: Readonly<Record<string, { readonly licence: string; readonly why: string }>> = {
  elkjs: {
    licence: 'EPL-2.0',
    why: 'served to browsers as the file that its makers publish, unchanged: the licence asks for the source of changes to it, and there are none',
  },
};

/**
 * The licence of an SPDX expression by which the package is taken, or undefined if none is allowed. Of alternatives (`OR`) the
 * first that is, of several that hold together (`AND`) all must be.
 */
export function takenBy(expression: string, name: string): string | undefined {
  const tokens = expression.match(/\(|\)|[^\s()]+/g) ?? [];
  let at = 0;
  const isAllowed = (id: string) => Object.hasOwn(ALLOWED, id) || exceptionOf(name)?.licence === id;

  function alternatives(): string | undefined {
    let found = together();
    while (tokens[at] === 'OR') {
      at += 1;
      const next = together();
      found ??= next;
    }
    return found;
  }
  function together(): string | undefined {
    let found = one();
    while (tokens[at] === 'AND') {
      at += 1;
      const next = one();
      found = found !== undefined && next !== undefined ? `${found} AND ${next}` : undefined;
    }
    return found;
  }
  function one(): string | undefined {
    const token = tokens[at++];
    if (token !== '(') return token !== undefined && isAllowed(token) ? token : undefined;
    const inner = alternatives();
    at += 1;
    return inner;
  }

  const taken = alternatives();
  return at === tokens.length ? taken : undefined;
}

export const exceptionOf = (name: string) => (Object.hasOwn(EXCEPTIONS, name) ? EXCEPTIONS[name] : undefined);
