/** What is answered to bytes that never became a request: a problem too, over a connection that ends with it. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { OrderlogError } from '../../platform/errors.ts';
import { HEADERS_TIMEOUT_MS, MAX_HEADER_BYTES, REQUEST_TIMEOUT_MS } from '../../platform/http.ts';
import { problemOf } from './problems.ts';

export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code !== 'ECONNRESET' && socket.writable) socket.write(answerTo(error.code));
  socket.destroy();
}

function answerTo(code: string | undefined): string {
  const problem = problemOf(errorOf(code));
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'connection: close',
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

function errorOf(code: string | undefined): OrderlogError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW': {
      const message = `the address and the headers are too large: at most ${MAX_HEADER_BYTES} bytes together`;
      return new OrderlogError('INVALID_ARGUMENT', 'HEADERS_TOO_LARGE', message);
    }
    case 'ERR_HTTP_REQUEST_TIMEOUT': {
      const message = `the request came too slowly: its headers within ${HEADERS_TIMEOUT_MS} ms, all of it within ${REQUEST_TIMEOUT_MS} ms`;
      return new OrderlogError('DEADLINE_EXCEEDED', 'REQUEST_TOO_SLOW', message);
    }
    default:
      return new OrderlogError('INVALID_ARGUMENT', 'MALFORMED_REQUEST', 'this is not an HTTP/1.1 request');
  }
}
