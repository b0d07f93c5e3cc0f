/**
 * The files of the console by the paths under which they are served: its own below `app/`, and of the packages that it stands
 * on only those named here. All are read once, when the gateway starts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isServable, type ServedFile, servedBytes, servedFile } from '../rest/servedFile.ts';

const APP = fileURLToPath(new URL('app/', import.meta.url));

/** Of the packages, all that is served. What modules import stands in the page's import map too. */
const VENDORED: readonly string[] = [
  'preact/dist/preact.mjs',
  'preact/hooks/dist/hooks.mjs',
  'htm/dist/htm.mjs',
  'htm/preact/index.mjs',
  'uplot/dist/uPlot.esm.js',
  'uplot/dist/uPlot.min.css',
  'elkjs/lib/elk-api.js',
  'elkjs/lib/elk-worker.min.js',
];

export function consoleFiles(): ReadonlyMap<string, ServedFile> {
  const own = readdirSync(APP, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(test|d)\.ts$|^tsconfig\.json$/.test(entry.name))
    .filter((entry) => isServable(entry.name) && entry.name !== 'index.html')
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map([
    ...own.map((path) => [`/console/${relative(APP, path)}`, servedFile(path)] as const),
    ...VENDORED.map((file) => [`/console/vendor/${file}`, servedFile(packagePath(file))] as const),
  ]);
}

export interface Page extends ServedFile {
  /** What stands between the tags of its import map. */
  readonly importMap: string;
}

/** What the page says of the system that it is served by. */
export interface PageFacts {
  /** Of the Order service, for the calls that the console shows. */
  readonly orderAddress: string;
  /** Whether callers need a token. */
  readonly isAuthenticated: boolean;
}

export function consolePage({ orderAddress, isAuthenticated }: PageFacts): Page {
  const text = readFileSync(join(APP, 'index.html'), 'utf8')
    .replace('{{order-address}}', orderAddress)
    .replace('{{authentication}}', isAuthenticated ? 'token' : 'none');
  const [, importMap = ''] = /<script type="importmap">(.*?)<\/script>/s.exec(text) ?? [];
  return { ...servedBytes(Buffer.from(text), '.html'), importMap };
}

const packagePath = (file: string): string =>
  fileURLToPath(new URL(`../../node_modules/${file}`, import.meta.url));
