/** Root hooks for mocha (`--require`, or `rootHooks`): end the servers that `testing.ts` started. */
import type { Context, RootHookObject } from 'mocha';
import { stopTestServers } from './testing.ts';

const TIMEOUT_MS = 60_000;

export const mochaHooks: RootHookObject = {
  async afterAll(this: Context) {
    this.timeout(TIMEOUT_MS);
    await stopTestServers();
  },
};
