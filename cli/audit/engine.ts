/**
 * Runs the invariants over one look, and looks a second time at whatever seems broken: a violation is reported only if the
 * second look, a moment later, finds the very same with the same versions. What was merely in flight has moved on by then.
 * Only of what lasts (invariant.ts) the evidence may be another: it is told as the second look finds it.
 */
import { pause } from '../../platform/wait.ts';
import { type Finding, findingsOf } from './finding.ts';
import type { Invariant, Report } from './invariant.ts';
import { type Look, takeLook } from './look.ts';
import { untilQuiet } from './quiet.ts';
import type { Sources } from './sources.ts';

export interface AuditOptions {
  readonly invariants: readonly Invariant[];
  /** Nothing may be under way: waits for it, and then judges everything. */
  readonly isAtRest: boolean;
  /** How long to wait for that; 60 s. What is under way after it is told as a violation. */
  readonly quietWithinMs?: number;
  /** What seems broken is looked at again after this; 2 s. */
  readonly secondLookAfterMs?: number;
  readonly observer?: Observer;
  readonly signal?: AbortSignal;
}

/** Told how far an audit is. */
export interface Observer {
  /** It waits for the system to become quiet; `what` is under way still. */
  waiting(what: string): void;
  begin(invariant: Invariant): void;
  progress(invariant: Invariant, done: number, total: number): void;
  /** `suspects`: how many seem broken, and will be looked at again. */
  done(invariant: Invariant, suspects: number): void;
  skipped(invariant: Invariant, why: string): void;
  /** It looks again at what seems broken. */
  again(suspects: number): void;
}

export interface AuditResult {
  readonly violations: readonly Finding[];
  readonly notes: readonly Finding[];
  /** Names of the invariants that were checked; those that could not be, with why. */
  readonly checked: readonly string[];
  readonly skipped: Readonly<Record<string, string>>;
  /** The database's time at the first look. */
  readonly time: Date;
  /** Up to when orders were judged as settled; undefined: all were. */
  readonly settledBefore: Date | undefined;
}

/** Below it an order counts as under way: longer than a healthy system takes for a step. */
const SETTLE_MS = 3_000;
const SECOND_LOOK_AFTER_MS = 2_000;
const QUIET_WITHIN_MS = 60_000;
/** Of one kind in one look: where more is broken, more lines say nothing more. */
const MAX_FINDINGS = 1_000;

const silent: Observer = {
  waiting: () => undefined,
  begin: () => undefined,
  progress: () => undefined,
  done: () => undefined,
  skipped: () => undefined,
  again: () => undefined,
};

/** Throws what the servers' clients throw where nobody could look, and the signal's reason. */
export async function audit(sources: Sources, options: AuditOptions): Promise<AuditResult> {
  const { isAtRest, invariants, observer = silent, signal = new AbortController().signal } = options;
  const { quietWithinMs = QUIET_WITHIN_MS, secondLookAfterMs = SECOND_LOOK_AFTER_MS } = options;
  if (isAtRest) await untilQuiet(sources, quietWithinMs, observer.waiting, signal);
  const settle = { isAtRest, settleMs: SETTLE_MS };
  const first = await lookAt(sources, settle, invariants, observer, signal);
  const suspects = first.findings.filter(isViolation);
  let violations: readonly Finding[] = [];
  if (suspects.length > 0) {
    observer.again(suspects.length);
    await pause(secondLookAfterMs, signal);
    const suspected = invariants.filter(({ name }) => first.suspected.has(name));
    const second = await lookAt(sources, settle, suspected, silent, signal);
    const identity = identityBy(invariants);
    const before = new Set(suspects.map(identity));
    violations = second.findings.filter((finding) => isViolation(finding) && before.has(identity(finding)));
  }
  return {
    violations,
    notes: first.findings.filter((finding) => !isViolation(finding)),
    checked: first.checked,
    skipped: first.skipped,
    time: first.time,
    settledBefore: isAtRest ? undefined : first.settledBefore,
  };
}

const isViolation = ({ kind }: Finding): boolean => kind === 'violation';

/** What is the same in two looks if a finding is. */
export function identityBy(invariants: readonly Invariant[]): (finding: Finding) => string {
  const kindOf = (invariant: string, message: string) => JSON.stringify([invariant, message]);
  const lasting = new Set(
    invariants.flatMap(({ name, lasting = [] }) => lasting.map((message) => kindOf(name, message))),
  );
  return (finding) => {
    const { evidence: _, ...lasts } = finding;
    return JSON.stringify(lasting.has(kindOf(finding.invariant, finding.message)) ? lasts : finding);
  };
}

interface Looked {
  readonly findings: readonly Finding[];
  /** The invariants that made violations. */
  readonly suspected: ReadonlySet<string>;
  readonly checked: readonly string[];
  readonly skipped: Readonly<Record<string, string>>;
  readonly time: Date;
  readonly settledBefore: Date;
}

async function lookAt(
  sources: Sources,
  settle: Parameters<typeof takeLook>[1],
  invariants: readonly Invariant[],
  observer: Observer,
  signal: AbortSignal,
): Promise<Looked> {
  const look = await takeLook(sources, settle);
  const findings: Finding[] = [];
  const suspected = new Set<string>();
  const checked: string[] = [];
  const skipped: Record<string, string> = {};
  try {
    for (const invariant of invariants) {
      signal.throwIfAborted();
      const why = invariant.skipped?.(look);
      if (why !== undefined) {
        skipped[invariant.name] = why;
        observer.skipped(invariant, why);
        continue;
      }
      observer.begin(invariant);
      const found = await check(invariant, look, observer, signal);
      const suspects = found.filter(isViolation).length;
      if (suspects > 0) suspected.add(invariant.name);
      findings.push(...found);
      checked.push(invariant.name);
      observer.done(invariant, suspects);
    }
  } finally {
    await look.close();
  }
  return { findings, suspected, checked, skipped, time: look.now, settledBefore: look.settledBefore };
}

async function check(
  invariant: Invariant,
  look: Look,
  observer: Observer,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const kept: Record<Finding['kind'], Finding[]> = { violation: [], note: [] };
  const keep = (finding: Finding) => {
    if (kept[finding.kind].length < MAX_FINDINGS) kept[finding.kind].push(finding);
  };
  const report: Report = {
    ...findingsOf(invariant.name, keep),
    of: (name) => findingsOf(name, keep),
    progress(done, total) {
      signal.throwIfAborted();
      observer.progress(invariant, done, total);
    },
  };
  await invariant.check(look, report);
  return [...kept.violation, ...kept.note];
}
