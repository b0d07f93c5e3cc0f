/** A line that says how far it is: rewritten in place on a terminal, one line each time elsewhere. */

export interface Progress {
  update(text: string): void;
  end(): void;
}

export function createProgress(screen: { readonly isTTY?: boolean; write(text: string): unknown }): Progress {
  let open = false;
  return {
    update(text) {
      screen.write(screen.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
      open = Boolean(screen.isTTY);
    },
    end() {
      if (open) screen.write('\n');
    },
  };
}
