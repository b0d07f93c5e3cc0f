/** Which files `npm test` runs, and which of them belong together. */
import { globSync, readFileSync } from 'node:fs';

/** Run by one process, one after the other, since they share what is costly to start. */
export type Group = readonly string[];

/** Whole systems that are worked on and done harm to: these take long, and stand first. */
const SYSTEMS = '{contract,e2e,chaos,rehearsal}/**/*.test.ts';
const UNITS = '{platform,services,projector,gateway,cli,scripts,deploy,simulator,bench}/**/*.test.ts';
const SHARED_SYSTEM = /import \{[^}]*\bsystem\b[^}]*\} from '[./]+(?:\/e2e)?\/support\/system\.ts'/;

export function testFiles(): readonly Group[] {
  const systems = globSync(SYSTEMS).sort();
  const sharing = systems.filter((file) => SHARED_SYSTEM.test(readFileSync(file, 'utf8')));
  const alone = [...systems.filter((file) => !sharing.includes(file)), ...globSync(UNITS).sort()];
  return [sharing, ...alone.map((file) => [file])];
}
