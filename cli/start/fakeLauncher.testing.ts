/** A launcher for tests, run as a process, of a service that ignores all requests to end. Sends the ids of its processes. */
import { fileURLToPath } from 'node:url';
import { silent } from './reporter.ts';
import { startSystem } from './system.ts';

const [dataDir = '', portBase] = process.argv.slice(2);
const main = fileURLToPath(new URL('fakeService.testing.ts', import.meta.url));
const env = () => ({ FAKE_BEHAVIOUR: 'ignores SIGTERM' });
const services = [{ name: 'store', main, needs: [], env }];

const system = await startSystem({ dataDir, portBase, env: process.env, reporter: silent, services });
const kept = [...system.servers.values(), ...system.services.values()];
process.send?.(kept.flatMap(({ pid }) => (pid === undefined ? [] : [pid])));
