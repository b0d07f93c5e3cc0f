/**
 * Texts as they may be printed, whoever made them: without the secrets that this process was given, and without what has the shape
 * of one: the password of a URL, a bearer token, a JWT. The last door before a log, an answer or a terminal: what is known by its
 * name has been taken out before (values.ts, messages.ts).
 */

export const REDACTED = '[redacted]';

/** Shorter ones would be found in innocent words. */
const MIN_CHARS = 8;
/** Of a URL up to its password. Bounded, as all parts are: a text that somebody sent must not take long. */
const URL_PASSWORD = /([a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/?#@"'\\]{0,256}):[^\s/?#"'\\]{1,512}@/gi;
const BEARER = /\b(bearer)\s+[\w.~+/=-]{16,}/gi;
const JWT = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g;

const secrets = new Set<string>();
let known: RegExp | undefined;

/** From now on these stand in no text; what is too short to be a secret is left out. */
export function neverShow(given: Iterable<string>): void {
  for (const secret of given) if (secret.length >= MIN_CHARS) secrets.add(secret);
  const forms = [...secrets].flatMap(formsOf).sort((one, other) => other.length - one.length);
  known = forms.length > 0 ? new RegExp([...new Set(forms)].map(RegExp.escape).join('|'), 'g') : undefined;
}

/** As it stands in texts, in JSON and in URLs. */
const formsOf = (secret: string): readonly string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
];

/** What is secret in a setting: all of it, each of several, what follows a name (`k1:<key>`, `header=<key>`), passwords of URLs. */
export function secretsIn(setting: string): readonly string[] {
  const parts = setting.split(',').map((part) => part.trim());
  const named = parts.map((part) => part.replace(/^[^:=]{1,64}[:=]/, ''));
  return [setting, ...parts, ...named, ...named.flatMap(decoded), ...passwordsIn(setting)];
}

/** The passwords of URLs, of which a setting that is no secret may have some. */
export const passwordsIn = (setting: string): readonly string[] =>
  setting.split(',').flatMap((part) => {
    const { password = '' } = URL.canParse(part.trim()) ? new URL(part.trim()) : {};
    return password === '' ? [] : [password, ...decoded(password)];
  });

function decoded(text: string): readonly string[] {
  try {
    return [decodeURIComponent(text)];
  } catch {
    return [];
  }
}

export function shown(text: string): string {
  const withoutKnown = known ? text.replace(known, REDACTED) : text;
  return withoutKnown
    .replace(URL_PASSWORD, `$1:${REDACTED}@`)
    .replace(BEARER, `$1 ${REDACTED}`)
    .replace(JWT, REDACTED);
}
