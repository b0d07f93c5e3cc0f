/** Unpacks zip files (Elasticsearch's distribution, Python wheels), executable bits included. */
import { createWriteStream } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise } from 'yauzl';

const EXECUTABLE_BITS = 0o111;

/** `pathOf` says where below the folder an entry goes; undefined leaves it out. yauzl refuses names that lead outside. */
export async function unzip(
  zip: string,
  folder: string,
  pathOf: (name: string) => string | undefined = (name) => name,
): Promise<void> {
  const file = await openPromise(zip);
  for await (const entry of file.eachEntry()) {
    const path = pathOf(entry.fileName);
    if (path === undefined) continue;
    const target = join(folder, path);
    if (path.endsWith('/')) {
      await mkdir(target, { recursive: true });
      continue;
    }
    await mkdir(dirname(target), { recursive: true });
    await pipeline(await file.openReadStreamPromise(entry), createWriteStream(target));
    await chmod(target, isExecutable(entry) ? 0o755 : 0o644);
  }
}

/** The upper half of the external attributes is the Unix mode. */
const isExecutable = ({ externalFileAttributes }: Entry): boolean =>
  ((externalFileAttributes >>> 16) & EXECUTABLE_BITS) !== 0;
