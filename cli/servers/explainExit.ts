/** Why a server ended, in one line: from what it printed. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type ExitInfo, StartError } from './types.ts';

const MAX_READ_BYTES = 256 * 1024;

/** What servers say, and what people can do about it; the first that is found counts. */
const CAUSES: readonly [pattern: RegExp, advice: string][] = [
  [/No space left on device|ENOSPC|no space left/i, 'the disk is full: make room and start again'],
  [
    /Address already in use|bind: address already|BindException/i,
    'its port is in use: set ORDERLOG_PORT_BASE',
  ],
  [
    /Permission denied|AccessDeniedException/i,
    'it may not use a file of its own: look at the owners in its data folder',
  ],
  [/Cannot allocate memory|insufficient memory|OutOfMemoryError/i, 'there is not enough memory'],
  [/UnsupportedClassVersionError/i, 'its Java is too old: install Java 17 or newer'],
  [
    /could not find the database system|could not locate a valid checkpoint record|invalid .*checkpoint|PANIC: |is not a (valid|database)|is missing or|CorruptStateException|CorruptIndexException|corrupt/i,
    'its data folder is broken: restore it from a backup, or start empty (npm start -- --fresh)',
  ],
];

/** The lines in which servers name what stopped them: PostgreSQL, nats-server, Elasticsearch and Java. */
const LAST_WORDS = /could not |FATAL|PANIC|\[FTL\]|ERROR|Exception|Error|error:|nats-server:/;
const INFORMATION = /\[INFO *\]|\[INF\]|\bLOG: /;

export interface Ended {
  readonly name: string;
  readonly logFile: string;
  readonly logOffset: number;
}

export function explainExit(server: Ended, exit: ExitInfo): StartError {
  const why = reasonIn(readFrom(server.logFile, server.logOffset));
  const how = exit.signal ? `was ended by ${exit.signal}` : `ended with exit code ${exit.code}`;
  return new StartError(`${server.name} ${how}${why ? `: ${why}` : ''} (log: ${server.logFile})`);
}

/** What to do about it, if that is known, and the line that says what happened. */
export function reasonIn(output: string): string {
  const lines = output.split('\n').filter(Boolean);
  const advice = lines.map(adviceOn).find((found) => found !== undefined);
  const words = lines.find((line) => LAST_WORDS.test(line) && !INFORMATION.test(line)) ?? lines.at(-1);
  return [advice, words && `it said: ${words.trim().slice(0, 300)}`].filter(Boolean).join('; ');
}

const adviceOn = (line: string): string | undefined => CAUSES.find(([pattern]) => pattern.test(line))?.[1];

function readFrom(file: string, offset: number): string {
  const fd = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(Math.min(MAX_READ_BYTES, Math.max(0, fstatSync(fd).size - offset)));
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, offset));
  } finally {
    closeSync(fd);
  }
}
