/** What a further process of a service is told: all that the first is, but where it listens. */
export const withoutListens = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^ORDERLOG_\w+_LISTEN$/.test(name)));
