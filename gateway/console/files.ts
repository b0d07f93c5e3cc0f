/**
 * The files of the console by the paths under which they are served: its own below `app/`, and of the packages that it stands
 * on only those named here. All are read once, when the gateway starts.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ServedFile {
  readonly bytes: Buffer;
  readonly type: string;
  /** Of the bytes, quoted, as HTTP has it. */
  readonly etag: string;
}

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

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export function consoleFiles(): ReadonlyMap<string, ServedFile> {
  const own = readdirSync(APP, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(test|d)\.ts$|^tsconfig\.json$/.test(entry.name))
    .filter((entry) => extname(entry.name) in TYPES && entry.name !== 'index.html')
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map([
    ...own.map((path) => [`/console/${relative(APP, path)}`, served(path)] as const),
    ...VENDORED.map((file) => [`/console/vendor/${file}`, served(packagePath(file))] as const),
  ]);
}

export interface Page extends ServedFile {
  /** What stands between the tags of its import map. */
  readonly importMap: string;
}

/** The page; it names the Order service for the calls that it shows. */
export function consolePage(orderAddress: string): Page {
  const text = readFileSync(join(APP, 'index.html'), 'utf8').replace('{{order-address}}', orderAddress);
  const [, importMap = ''] = /<script type="importmap">(.*?)<\/script>/s.exec(text) ?? [];
  return { ...servedBytes(Buffer.from(text), '.html'), importMap };
}

const packagePath = (file: string): string =>
  fileURLToPath(new URL(`../../node_modules/${file}`, import.meta.url));

const served = (path: string): ServedFile => servedBytes(readFileSync(path), extname(path));

const servedBytes = (bytes: Buffer, extension: string): ServedFile => ({
  bytes,
  type: TYPES[extension] ?? 'application/octet-stream',
  etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`,
});
