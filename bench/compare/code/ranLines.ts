/** Which lines of a script ran, from V8's coverage. Pure. */

/** As V8 tells it: offsets into the script, and how often; ranges of a function lie within its first. */
export interface ScriptCoverage {
  readonly file: string;
  readonly functions: readonly {
    readonly ranges: readonly {
      readonly startOffset: number;
      readonly endOffset: number;
      readonly count: number;
    }[];
  }[];
}

export interface CodeLines {
  /** Line numbers, from 1, that hold code. */
  readonly loaded: ReadonlySet<number>;
  /** Those of them of which something ran. */
  readonly ran: ReadonlySet<number>;
}

const isComment = (line: string): boolean => /^(\/\/|\/\*|\*)/.test(line);

/** Types are stripped in place, so offsets of what ran are those of the source. */
export function codeLines(source: string, { functions }: Pick<ScriptCoverage, 'functions'>): CodeLines {
  const hasRun = new Uint8Array(source.length);
  // A range within another comes after it, and knows better.
  const ranges = functions
    .flatMap((each) => each.ranges)
    .toSorted((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count } of ranges) {
    hasRun.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  const loaded = new Set<number>();
  const ran = new Set<number>();
  let offset = 0;
  for (const [at, line] of source.split('\n').entries()) {
    const text = line.trim();
    if (text !== '' && !isComment(text)) {
      loaded.add(at + 1);
      const first = offset + line.indexOf(text);
      if (hasRun.subarray(first, first + text.length).includes(1)) ran.add(at + 1);
    }
    offset += line.length + 1;
  }
  return { loaded, ran };
}
