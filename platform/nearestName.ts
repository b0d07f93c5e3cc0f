/** Which known name somebody probably meant: the one with the fewest edits (Levenshtein), if they are few. */

const MAX_SHARE = 1 / 3;

/** undefined: none is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const distances = known.map((candidate) => ({ candidate, edits: editsBetween(name, candidate) }));
  const [best] = distances.sort((a, b) => a.edits - b.edits);
  return best && best.edits <= name.length * MAX_SHARE ? best.candidate : undefined;
}

/** Insertions, deletions and replacements that lead from one text to the other. */
export function editsBetween(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
