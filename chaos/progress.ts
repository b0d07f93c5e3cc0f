/** One line that says what a long run is at: rewritten in place on a terminal, a line each time elsewhere. */
export interface Progress {
  say(line: string): void;
  /** Above the line, and to stay. */
  print(text: string): void;
}

export function createProgress(out: NodeJS.WriteStream, startedAtMs = performance.now()): Progress {
  const clear = out.isTTY ? '\r\u001b[K' : '';
  return {
    say(line) {
      const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
      const text = `[${seconds} s] ${line}`;
      out.write(out.isTTY ? `${clear}${text.slice(0, (out.columns ?? 80) - 1)}` : `${text}\n`);
    },
    print: (text) => void out.write(`${clear}${text}\n`),
  };
}
