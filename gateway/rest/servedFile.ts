/**
 * Files of the gateway's pages: read once, when it starts; asked for anew each time, and sent only where they have changed
 * (ETag).
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface ServedFile {
  readonly bytes: Buffer;
  readonly type: string;
  /** Of the bytes, quoted, as HTTP has it. */
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Whether it is something that a page may load, by its name. */
export const isServable = (name: string): boolean => extname(name) in TYPES;

export function servedFile(file: string | URL): ServedFile {
  const path = typeof file === 'string' ? file : fileURLToPath(file);
  return servedBytes(readFileSync(path), extname(path));
}

export const servedBytes = (bytes: Buffer, extension: string): ServedFile => ({
  bytes,
  type: TYPES[extension] ?? 'application/octet-stream',
  etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`,
});

/** `headers`: what its page may do. */
export function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { bytes, type, etag }: ServedFile,
  headers: Readonly<Record<string, string>>,
): FastifyReply {
  reply.headers({ ...headers, etag, 'cache-control': 'no-cache' });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.type(type).send(bytes);
}

/**
 * What every page is allowed: nothing from elsewhere, no script or style that stands in the page, but for what `sources` adds
 * by directive.
 */
export function pageHeaders(sources: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const directives = {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': "'self'",
    'connect-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    ...sources,
  };
  return {
    'content-security-policy': Object.entries(directives)
      .map(([name, allowed]) => `${name} ${allowed}`)
      .join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
}
