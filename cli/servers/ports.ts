/** Ports on 127.0.0.1: whether one is free, and free ones for tests. */
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from './types.ts';

export const HOST = '127.0.0.1';

/** Below the range that systems give to outgoing connections, which could take a port between check and use. */
const FIRST_TEST_PORT = 12_000;
const LAST_TEST_PORT = 32_000;
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

/**
 * A base of `size` ports in a row that are free, for a test. Never the same twice in one process, nor in two at once: ports
 * are taken from blocks, and a process claims a block by listening on its first port until it ends. That a port is free when
 * it is looked at is not enough, since what it is given to may only bind it later, or may be down for a moment.
 */
export async function freePorts(size: number): Promise<number> {
  if (size > BLOCK_PORTS) throw new Error(`${size} ports in a row: at most ${BLOCK_PORTS}`);
  for (;;) {
    const base = takeFrom(block, size);
    if (base === undefined) await nextBlock();
    else if (await areFree(base, size)) return base;
  }
}

/** One free port, for a test. */
export const freePort = (): Promise<number> => freePorts(1);

interface Block {
  next: number;
  readonly end: number;
}

const BLOCK_PORTS = 100;
const STRIDE = BLOCK_PORTS + 1;
const BLOCKS = Math.floor((LAST_TEST_PORT - FIRST_TEST_PORT) / STRIDE);

let block: Block = { next: 0, end: 0 };
let claiming: Promise<void> | undefined;

function takeFrom(from: Block, size: number): number | undefined {
  if (from.next + size > from.end) return undefined;
  from.next += size;
  return from.next - size;
}

async function areFree(base: number, size: number): Promise<boolean> {
  const free = await Promise.all(Array.from({ length: size }, (_, index) => isPortFree(base + index)));
  return free.every(Boolean);
}

/** One for all who ask at once. */
function nextBlock(): Promise<void> {
  claiming ??= claimBlock()
    .then((claimed) => {
      block = claimed;
    })
    .finally(() => {
      claiming = undefined;
    });
  return claiming;
}

/** The next block that no other process has, beginning anywhere, so that two rarely try the same. */
async function claimBlock(): Promise<Block> {
  const start = Math.floor(Math.random() * BLOCKS);
  for (let tried = 0; tried < BLOCKS; tried += 1) {
    const claim = FIRST_TEST_PORT + ((start + tried) % BLOCKS) * STRIDE;
    if (await listenForEver(claim)) return { next: claim + 1, end: claim + STRIDE };
  }
  throw new Error(`all ports for tests are taken, from ${FIRST_TEST_PORT} to ${LAST_TEST_PORT}`);
}

/** Until this process ends, which it does not hold back. */
function listenForEver(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.once('error', () => resolve(false));
    server.listen({ port, host: HOST, exclusive: true }, () => resolve(true));
  });
}
