/**
 * What a service prints: all of it goes into its log file; warnings and errors among its JSON lines are also told to
 * people, in short, and not again and again.
 */
import { createWriteStream, existsSync, renameSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface ServiceLog {
  /** Takes the output of one life of the service. Returns what it said last on stderr. */
  follow(stdout: Readable, stderr: Readable): () => string;
  close(): Promise<void>;
}

const MAX_FILE_BYTES = 10 * 1024 * 1024;
const LOUD = /"level":"(warn|error|fatal)"/;
const REPEAT_AFTER_MS = 10_000;
const MAX_REMEMBERED = 100;
const MAX_TOLD_LENGTH = 300;
const MAX_WORDS = 10;

/** Keeps one older file, when this one has grown. */
export function rotateLog(file: string): void {
  if (existsSync(file) && statSync(file).size > MAX_FILE_BYTES) renameSync(file, `${file}.1`);
}

export function openServiceLog(name: string, file: string, tell: (line: string) => void): ServiceLog {
  rotateLog(file);
  const stream = createWriteStream(file, { flags: 'a' });
  stream.on('error', (error) => tell(`${name}: its log cannot be written: ${error.message}`));
  const write = (line: string) => {
    if (stream.writable) stream.write(`${line}\n`);
  };
  const tellOnce = sparingly(tell);
  return {
    follow(stdout, stderr) {
      const words: string[] = [];
      createInterface({ input: stdout }).on('line', (line) => {
        write(line);
        if (LOUD.test(line)) tellOnce(inShort(name, line));
      });
      createInterface({ input: stderr }).on('line', (line) => {
        write(line);
        words.push(line);
        if (words.length > MAX_WORDS) words.shift();
      });
      return () => words.join('\n').slice(-MAX_TOLD_LENGTH * 4);
    },
    close: () => new Promise((resolve) => stream.end(resolve)),
  };
}

function inShort(name: string, line: string): string {
  try {
    const { level, msg, err } = JSON.parse(line) as {
      level: string;
      msg?: string;
      err?: { message?: string };
    };
    const reason = err?.message && err.message !== msg ? `: ${err.message.split('\n')[0]}` : '';
    return `${name} ${level}: ${msg ?? ''}${reason}`.slice(0, MAX_TOLD_LENGTH);
  } catch {
    return `${name}: ${line}`.slice(0, MAX_TOLD_LENGTH);
  }
}

/** The same line only now and then. */
function sparingly(tell: (line: string) => void): (line: string) => void {
  const toldAtMs = new Map<string, number>();
  return (line) => {
    const now = performance.now();
    if (now - (toldAtMs.get(line) ?? Number.NEGATIVE_INFINITY) < REPEAT_AFTER_MS) return;
    if (toldAtMs.size >= MAX_REMEMBERED) toldAtMs.clear();
    toldAtMs.set(line, now);
    tell(line);
  };
}
