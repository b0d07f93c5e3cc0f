/** Values made comparable: what is stored in another form (bytes, big numbers, times, keys in another order) is the same. */

type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

export function plain(value: unknown): Plain {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/** More of them say nothing more. */
const MAX_DIFFERENCES = 5;
const MAX_TEXT = 80;

/** Where two values differ: `found, instead of wanted` by path; empty if they are the same. What is sealed is not shown. */
export function differences(found: unknown, wanted: unknown): Readonly<Record<string, string>> {
  const result: Record<string, string> = {};
  const compare = (path: string, a: Plain | undefined, b: Plain | undefined): void => {
    if (Object.keys(result).length >= MAX_DIFFERENCES) return;
    if (isBranch(a) && isBranch(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        compare(path === '' ? key : `${path}.${key}`, child(a, key), child(b, key));
      }
    } else if (a !== b) {
      const isSealed = /sealed/i.test(path);
      result[path || 'value'] = isSealed ? 'differs' : `${text(a)}, instead of ${text(b)}`;
    }
  };
  compare('', plain(found), plain(wanted));
  return result;
}

type Branch = readonly Plain[] | { readonly [key: string]: Plain };

const isBranch = (value: Plain | undefined): value is Branch => typeof value === 'object' && value !== null;
const child = (branch: Branch, key: string): Plain | undefined =>
  (branch as { readonly [key: string]: Plain })[key];

const text = (value: Plain | undefined): string =>
  value === undefined
    ? 'nothing'
    : JSON.stringify(value)
        .replace(/"sealed\w*":"?[^,}]*/gi, '"sealed"')
        .slice(0, MAX_TEXT);
