/**
 * How the contract's patterns are matched. Their language is RE2's; they are all of a kind that RegExp reads alike and matches
 * in as many steps as there are characters: ASCII classes and bounded repetitions of them between `^` and `$`. Any other is
 * refused when the rules are compiled. The port of RE2 that comes with the rules took a twelfth of what Order does for an order.
 */

const PLAIN = /^\^(?:\[[\w.:!~-]+\](?:\{\d+(?:,\d+)?\})?)+\$$/;

const compiled = new Map<string, RegExp>();

/** Whether a text matches a pattern. Throws for a pattern that is not of that kind. */
export function matchPattern(pattern: string, text: string): boolean {
  const known = compiled.get(pattern);
  if (known) return known.test(text);
  if (!PLAIN.test(pattern)) {
    throw new Error(`the pattern ${pattern} is more than classes and bounded repetitions between ^ and $`);
  }
  compiled.set(pattern, new RegExp(pattern));
  return matchPattern(pattern, text);
}
