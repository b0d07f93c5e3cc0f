/** The figures that advice leans on: of the comparison that was made last, here or by those who published it. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Comparison } from '../../bench/compare/figures.ts';
import { FIGURES_FILE, FULL_FOLDER, QUICK_FOLDER } from '../../bench/compare/folders.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { projectFolder } from '../start/serviceParts.ts';

export interface Kept {
  readonly file: string;
  readonly comparison: Comparison;
}

/**
 * `file`, or the newest of those in the project's folder; undefined: there is none. Throws OrderlogError where a file is not
 * what it should be.
 */
export function lastComparison(file?: string, folder = projectFolder): Kept | undefined {
  if (file !== undefined) return read(resolve(file), file);
  const kept = [FULL_FOLDER, QUICK_FOLDER].flatMap((each) => {
    const name = join(each, FIGURES_FILE);
    return existsSync(join(folder, name)) ? [read(join(folder, name), name)] : [];
  });
  return kept.toSorted((a, b) => b.comparison.time.localeCompare(a.comparison.time))[0];
}

function read(path: string, name: string): Kept {
  try {
    const comparison = JSON.parse(readFileSync(path, 'utf8')) as Partial<Comparison> | null;
    if (comparison?.format !== 1 || !Array.isArray(comparison.runs)) throw new Error('it is none');
    return { file: name, comparison: comparison as Comparison };
  } catch (error) {
    const message = `${name} cannot be read as a comparison: ${(error as Error).message}; npm run compare makes one`;
    throw new OrderlogError('INVALID_ARGUMENT', 'NO_COMPARISON', message, { cause: error });
  }
}
