/** Settings that the command line has in common with the processes, from the same variables. */
import { type Config, ConfigError, loadConfig, type Shape } from '../platform/config.ts';
import { OrderlogError } from '../platform/errors.ts';

/** Whatever else of ORDERLOG_* is set may be meant for others. Throws OrderlogError with all that is wrong. */
export const settingsFrom = <S extends Shape>(shape: S, env: NodeJS.ProcessEnv): Config<S> =>
  mendable(() => loadConfig(shape, Object.fromEntries(Object.keys(shape).map((name) => [name, env[name]]))));

/** What is wrong with a setting, as people are told it. */
export function mendable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new OrderlogError('INVALID_ARGUMENT', 'ENVIRONMENT_INVALID', error.message);
  }
}
