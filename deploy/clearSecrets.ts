/** Secrets that stand in the clear where everybody may read them who may see a pod, or a ConfigMap. */
import type { EnvEntry } from './manifests.ts';
import { processes } from './processes.ts';
import { secretsOf } from './settings.ts';

const OF_PROCESSES: ReadonlySet<string> = new Set(processes.flatMap(({ config }) => secretsOf(config)));
/** Of migrations, and of what others call theirs. */
const OF_OTHERS = /(?:_DATABASE_URL|PASSWORD|SECRETS?|KEYS?|TOKENS?)$/;

const isSecret = (name: string): boolean => OF_PROCESSES.has(name) || OF_OTHERS.test(name);

/** The names of those whose secret is no reference, `$(NAME)`, to an entry that comes from a Secret. */
export function clearSecrets(entries: readonly EnvEntry[]): readonly string[] {
  const references = entries.flatMap(({ name, valueFrom }) =>
    valueFrom?.secretKeyRef ? [`$(${name})`] : [],
  );
  return entries
    .filter(({ name, value = '' }) => secretsIn(name, value).some((each) => !references.includes(each)))
    .map(({ name }) => name);
}

/** A URL's passwords, whatever the setting is; else the whole of a secret, but of a database's URL: its password stands in PGPASSWORD. */
function secretsIn(name: string, value: string): readonly string[] {
  const passwords = [...value.matchAll(/\/\/[^@/]*?:([^@/]*)@/g)].map(([, password = '']) => password);
  if (passwords.length > 0) return passwords;
  if (value === '' || !isSecret(name)) return [];
  return [/^postgres(?:ql)?:/.test(value) ? '$(PGPASSWORD)' : value];
}
