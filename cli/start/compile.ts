/**
 * Fills Node's compile cache (NODE_COMPILE_CACHE) with all that the services load, so that none of them has to take the types
 * out of TypeScript: a process that does starts with twice the work, and keeps the tool for it, 20 MB, in memory.
 *
 *   NODE_COMPILE_CACHE=folder node FLAGS cli/start/compile.ts
 *
 * The flags (nodeFlags.ts) and the user have to be those of the services, or they will not find it.
 */
import { flushCompileCache, getCompileCacheDir } from 'node:module';

const MODULES: readonly string[] = [
  'services/sandbox/main.ts',
  'services/catalog/main.ts',
  'services/payment/main.ts',
  'services/order/main.ts',
  'projector/main.ts',
  'gateway/main.ts',
  // What these load when a setting asks for it.
  'platform/telemetry/exporting.ts',
  'platform/telemetry/sampling.ts',
  'services/payment/provider/stripe/stripeProvider.ts',
];

if (!getCompileCacheDir())
  throw new Error('NODE_COMPILE_CACHE is not set: expected a folder that can be written');
for (const module of MODULES) await import(`../../${module}`);
flushCompileCache();
// Nothing of what was loaded has been started.
process.exit(0);
