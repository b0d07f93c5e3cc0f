/** Ports on 127.0.0.1: whether one is free, and free ones for tests. */
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from './types.ts';

export const HOST = '127.0.0.1';

/** Below the range that systems give to outgoing connections, which could take a port between check and use. */
const FIRST_TEST_PORT = 21_000;
const LAST_TEST_PORT = 32_000;
const MAX_TRIES = 200;
const POLL_MS = 100;

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Throws StartError that names the port and its purpose. Waits a little: what had it may be just ending. */
export async function assertPortFree(port: number, purpose: string, withinMs = 1_000): Promise<void> {
  for (let waitedMs = 0; waitedMs <= withinMs; waitedMs += POLL_MS) {
    if (await isPortFree(port)) return;
    await sleep(POLL_MS);
  }
  throw new StartError(
    `port ${port} (${purpose}) is in use: end what uses it, or set ORDERLOG_PORT_BASE to move all ports`,
  );
}

/** A base of `size` ports in a row that are free, for a test. Never the same twice in one process. */
export async function freePorts(size: number): Promise<number> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    const base = FIRST_TEST_PORT + Math.floor(Math.random() * (LAST_TEST_PORT - FIRST_TEST_PORT - size));
    const ports = Array.from({ length: size }, (_, index) => base + index);
    if (ports.some((port) => given.has(port))) continue;
    const free = await Promise.all(ports.map(isPortFree));
    if (!free.every(Boolean)) continue;
    for (const port of ports) given.add(port);
    return base;
  }
  throw new Error(`no ${size} free ports in a row after ${MAX_TRIES} tries`);
}

/** One free port, for a test. */
export const freePort = (): Promise<number> => freePorts(1);

const given = new Set<number>();
