/** What is shipped: the packages of package-lock.json that are not for development alone, with their licences as these say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../run.ts';
import { takenBy } from './allowed.ts';

export interface Dependency {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression; undefined: the package says none. */
  readonly licence: string | undefined;
}

interface LockedPackage {
  readonly version?: string;
  readonly license?: unknown;
  readonly dev?: boolean;
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export const lockfile = (): Lockfile =>
  JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile;

const FOLDER = 'node_modules/';

/** By name; one that is there in two versions is two. */
export function dependenciesIn({ packages }: Lockfile): readonly Dependency[] {
  const found = Object.entries(packages)
    .filter(([path, { dev }]) => path.includes(FOLDER) && !dev)
    .map(([path, { version = '', license }]) => ({
      name: path.slice(path.lastIndexOf(FOLDER) + FOLDER.length),
      version,
      licence: typeof license === 'string' ? license : undefined,
    }));
  const distinct = new Map(found.map((each) => [`${each.name}@${each.version}`, each]));
  return [...distinct.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** What is wrong with them, a line each, with what to do about it. */
export const problemsOf = (dependencies: readonly Dependency[]): readonly string[] =>
  dependencies.flatMap(({ name, version, licence }) => {
    if (licence !== undefined && takenBy(licence, name) !== undefined) return [];
    const what = licence === undefined ? 'says no licence' : `is under ${licence}`;
    return [
      `${name} ${version} ${what}, which is not allowed: use another package, or say in scripts/licences/allowed.ts why it may`,
    ];
  });
