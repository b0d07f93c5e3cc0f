/** A server at a URL that somebody else runs: asked once whether it answers, never started or stopped. */
import { type RunningServer, StartError } from './types.ts';

/** `probe` gives its version, or throws. The URL's password is never shown. */
export async function externalServer(
  name: string,
  variable: string,
  url: string,
  probe: (url: string) => Promise<string>,
): Promise<RunningServer> {
  return {
    name,
    pid: undefined,
    version: await askExternal(name, variable, url, probe),
    source: 'url',
    url,
    exited: new Promise(() => undefined),
    stop: () => Promise.resolve(),
    kill: () => undefined,
  };
}

/** What it answers. Throws StartError that names the variable where it does not. */
export async function askExternal<T>(
  name: string,
  variable: string,
  url: string,
  ask: (url: string) => Promise<T>,
): Promise<T> {
  // NATS may have several nodes, separated by commas.
  const nodes = url.split(',').map((node) => node.trim());
  if (!nodes.every((node) => URL.canParse(node))) throw new StartError(`${variable} is not a URL`);
  try {
    return await ask(url);
  } catch (error) {
    if (error instanceof StartError) throw error;
    const reason =
      error instanceof Error ? error.message || (error as NodeJS.ErrnoException).code : String(error);
    const hosts = nodes.map((node) => new URL(node).host).join(', ');
    throw new StartError(`${variable}: ${name} at ${hosts} does not answer: ${reason}`, { cause: error });
  }
}
