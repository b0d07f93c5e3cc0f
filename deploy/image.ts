/** The file tree of the image, as deploy/Dockerfile copies it. */
import { cpSync, globSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, matchesGlob, relative } from 'node:path';
import { root } from '../scripts/run.ts';

const FOLDER = import.meta.dirname;
const lines = (file: string): readonly string[] => readFileSync(join(FOLDER, file), 'utf8').split('\n');

/** What the last stage takes from the project. */
export const copied = (): readonly string[] =>
  lines('Dockerfile').flatMap((line) => {
    const [instruction, ...words] = line.split(/\s+/);
    return instruction === 'COPY' && !words[0]?.startsWith('--from') ? words.slice(0, -1) : [];
  });

const ENTRYPOINT = 'ENTRYPOINT ';

/** What each of its containers runs before its own arguments. */
export function entrypoint(): readonly string[] {
  const line = lines('Dockerfile').find((each) => each.startsWith(ENTRYPOINT)) ?? '';
  return JSON.parse(line.slice(ENTRYPOINT.length)) as readonly string[];
}

const ignored = (): readonly string[] => lines('Dockerfile.dockerignore').filter(Boolean);

/** The packages that `npm ci --omit=dev` installs, by their folders. */
export function installed(): readonly string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: true; readonly devOptional?: true }>>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .map(([path]) => path);
}

/** Lays the tree out in a folder; packages are links to those that are here. */
export function layOut(target: string): void {
  const excluded = ignored();
  const isWanted = (source: string) => {
    const path = relative(root, source);
    return !excluded.some((pattern) => matchesGlob(path, pattern));
  };
  for (const path of copied())
    cpSync(join(root, path), join(target, path), { recursive: true, filter: isWanted });
  for (const path of installed().filter((each) => !each.slice(1).includes('/node_modules/'))) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    symlinkSync(join(root, path), join(target, path));
  }
}

/** Tests and doubles: none may be in the image. */
export const testFilesIn = (folder: string): readonly string[] =>
  globSync('**/*.{test,testing}.ts', { cwd: folder, exclude: ['node_modules'] });
