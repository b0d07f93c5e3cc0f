/**
 * Completion for bash, zsh and fish, as scripts that hold all they need: nothing is run while somebody types.
 *
 * Each walks the words before the cursor down the tree of commands, past options and their values, and offers what can
 * follow. Words and paths are of letters, digits and dashes; what options are about is quoted.
 */
import type { Place } from './tree.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const scripts: Readonly<Record<Shell, (places: readonly Place[]) => string>> = { bash, zsh, fish };

export const completionScript = (shell: Shell, places: readonly Place[]): string => scripts[shell](places);

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const pathOf = ({ path }: Place): string => ['orderlog', ...path].join(' ');
const pattern = (words: readonly string[]): string => words.map(quoted).join('|');

/** The lines of a `case` over the path; `body` undefined: no line. */
const cases = (places: readonly Place[], body: (place: Place) => string | undefined): string =>
  places
    .flatMap((place) => {
      const line = body(place);
      return line === undefined ? [] : [`    ${quoted(pathOf(place))}) ${line} ;;`];
    })
    .join('\n');

/** Sets `at`, where on the tree the cursor is, and `option` where the cursor is at an option's value. */
const walk = (places: readonly Place[], from: string, before: string) => `  local at=orderlog option= word i
  for ((i = ${from}; i < ${before}; i++)); do
    word="$\{words[i]}"
    if [[ -n $option ]]; then option=; continue; fi
    case "$at|$word" in
${places
  .flatMap((place) => (place.valued.length > 0 ? [[pathOf(place), place.valued] as const] : []))
  .map(([path, valued]) => `      ${pattern(valued.map((name) => `${path}|${name}`))}) option="$word" ;;`)
  .join('\n')}
${places
  .slice(1)
  .map((place) => {
    const parent = pathOf({ ...place, path: place.path.slice(0, -1) });
    return `      ${quoted(`${parent}|${place.path.at(-1)}`)}) at="$at $word" ;;`;
  })
  .join('\n')}
    esac
  done`;

const choiceCases = (places: readonly Place[], line: (choices: readonly string[]) => string): string =>
  places
    .flatMap((place) =>
      [...place.choices].map(
        ([name, choices]) => `      ${quoted(`${pathOf(place)}|${name}`)}) ${line(choices)} ;;`,
      ),
    )
    .join('\n');

function bash(places: readonly Place[]): string {
  return `# Completion of orderlog for bash: source <(orderlog completion bash)
_orderlog() {
  local words=("$\{COMP_WORDS[@]}") current="$\{COMP_WORDS[COMP_CWORD]}"
${walk(places, '1', 'COMP_CWORD')}
  local offered=
  if [[ -n $option ]]; then
    case "$at|$option" in
${choiceCases(places, (choices) => `offered=${quoted(choices.join(' '))}`)}
    esac
  else case "$at" in
${cases(places, ({ words }) => `offered=${quoted(words.map(({ text }) => text).join(' '))}`)}
  esac; fi
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
}
complete -o default -F _orderlog orderlog
`;
}

/** A colon parts a word from what it is about. */
const described = ({ words }: Place): string =>
  words.map(({ text, about }) => quoted(`${text}:${about.replaceAll(':', '\\:')}`)).join(' ');

function zsh(places: readonly Place[]): string {
  return `#compdef orderlog
# Completion of orderlog for zsh: source <(orderlog completion zsh), after compinit
_orderlog() {
${walk(places, '2', 'CURRENT')}
  local -a offered
  if [[ -n $option ]]; then
    case "$at|$option" in
${choiceCases(places, (choices) => `offered=(${choices.map(quoted).join(' ')})`)}
    esac
    if (($#offered)); then compadd -a offered; else _files; fi
    return
  fi
  case "$at" in
${cases(places, (place) => `offered=(${described(place)})`)}
  esac
  _describe -V command offered
}
compdef _orderlog orderlog
`;
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap((place) => {
    const at = `__orderlog_at ${quoted(pathOf(place))}`;
    return place.words.map(({ text, about }) => {
      const choices = place.choices.get(text);
      const value = place.valued.includes(text)
        ? ` -r${choices ? ` -f -a ${quoted(choices.join(' '))}` : ''}`
        : '';
      const name = text.startsWith('--')
        ? `-l ${text.slice(2)}`
        : text.startsWith('-')
          ? `-s ${text.slice(1)}`
          : `-f -a ${text}`;
      return `complete -c orderlog -n ${quoted(at)} ${name}${value} -d ${fishQuoted(about)}`;
    });
  });
  return `# Completion of orderlog for fish: orderlog completion fish | source
function __orderlog_at
  set -l at orderlog
  set -l words (commandline -opc)
  set -e words[1]
  for word in $words
    contains -- "$at $word" ${places.map((place) => quoted(pathOf(place))).join(' ')}; and set at "$at $word"
  end
  test "$at" = "$argv[1]"
end
${lines.join('\n')}
`;
}

const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
