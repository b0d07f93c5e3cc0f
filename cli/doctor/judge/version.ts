/** Versions, as far as they are compared here. */

/** `18.4 (Debian 18.4-1)` -> [18, 4]; [] if it is none. */
export const versionParts = (version: string): readonly number[] =>
  (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '')
    .split('.')
    .flatMap((part) => (part === '' ? [] : [Number(part)]));

export function isAtLeast(version: string, oldest: readonly number[]): boolean {
  const parts = versionParts(version);
  if (parts.length === 0) return false;
  const at = oldest.findIndex((part, index) => part !== (parts[index] ?? 0));
  return at === -1 || (parts[at] ?? 0) > (oldest[at] ?? 0);
}
