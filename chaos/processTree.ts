/** Signals to a process with all that it has started: PostgreSQL's backends each lead a group of their own. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Sends it to the process first, so that it starts no other meanwhile. Throws if there is no such process. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  for (const each of treeOf(pid)) {
    try {
      process.kill(each, signal);
    } catch (error) {
      // A child may have ended by itself.
      if (each === pid) throw new Error(`process ${pid} does not get ${signal}`, { cause: error });
    }
  }
}

function treeOf(root: number): readonly number[] {
  const children = Map.groupBy(parents(), ([, parent]) => parent);
  const tree = [root];
  // Grows while it is gone through.
  for (const pid of tree) tree.push(...(children.get(pid) ?? []).map(([child]) => child));
  return tree;
}

/** Each process with its parent. */
const parents = (): [pid: number, parent: number][] =>
  process.platform === 'linux' ? linuxParents() : psParents();

function linuxParents(): [number, number][] {
  return readdirSync('/proc').flatMap((name): [number, number][] => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The name before it, in brackets, may hold anything.
      const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
      return [[Number(name), Number(parent)]];
    } catch {
      return [];
    }
  });
}

function psParents(): [number, number][] {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
}
