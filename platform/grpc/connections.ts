/**
 * What each connection has in progress of what is shed first. Room is scarce where somebody repeats at once whatever he was told:
 * he asks most often, and so would get it whenever there is some. So who has little in progress beside the others is asked less
 * of (commandQueue.ts keeps room for him). Who comes through somebody else's connection, such as the gateway's, shares its
 * fate.
 */

export interface Connections {
  enter(peer: string): void;
  leave(peer: string): void;
  /** Has less than half of what would be its share if all had the same. */
  isModest(peer: string): boolean;
}

export function createConnections(): Connections {
  const inProgress = new Map<string, number>();
  let total = 0;
  const of = (peer: string) => inProgress.get(peer) ?? 0;
  return {
    enter(peer) {
      total += 1;
      inProgress.set(peer, of(peer) + 1);
    },
    leave(peer) {
      total -= 1;
      if (of(peer) > 1) inProgress.set(peer, of(peer) - 1);
      else inProgress.delete(peer);
    },
    isModest(peer) {
      const connections = inProgress.has(peer) ? inProgress.size : inProgress.size + 1;
      return of(peer) < total / connections / 2;
    },
  };
}
