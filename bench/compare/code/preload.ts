/**
 * Loaded into each service before its own code (node --import): notes which of its functions run, until SIGUSR2 asks for it.
 * It then writes `<pid>.json`, V8's coverage of the project's own scripts, into the folder that COMPARE_CODE_FOLDER names,
 * and gets out of the way: what is measured afterwards runs as it always does.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.env.COMPARE_CODE_FOLDER ?? '';
const project = pathToFileURL(`${process.cwd()}/`).href;
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });

process.once('SIGUSR2', () => {
  session.post('Profiler.takePreciseCoverage', (error, taken) => {
    if (error) throw error;
    const own = taken.result.filter(({ url }) => url.startsWith(project) && !url.includes('/node_modules/'));
    const scripts = own.map(({ url, functions }) => ({ file: url.slice(project.length), functions }));
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${process.pid}.json`);
    writeFileSync(`${file}.part`, JSON.stringify(scripts));
    renameSync(`${file}.part`, file);
  });
  session.post('Profiler.stopPreciseCoverage');
  session.disconnect();
});
