/** Reads an option; says what it must be, and ends the process (2), if it is no such number. */
export function wholeNumber(flag: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  process.stderr.write(`${flag} is ${text}: give a whole number from 1 to ${most}\n`);
  process.exit(2);
}
