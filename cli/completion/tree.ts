/** What can stand where on the command line, read off the tree of commands. */
import type { Command, Option } from 'commander';

/** One command, as completion needs it. */
export interface Place {
  /** Its words, without `orderlog`: [] is the program itself. */
  readonly path: readonly string[];
  readonly words: readonly Word[];
  /** A value follows these. */
  readonly valued: readonly string[];
  /** The values that an option, by its name, may have. */
  readonly choices: ReadonlyMap<string, readonly string[]>;
}

/** A sub-command, an argument or an option, and what it does. */
export interface Word {
  readonly text: string;
  readonly about: string;
}

/** The program first, then each command below it. */
export function placesOf(program: Command, path: readonly string[] = []): readonly Place[] {
  const options = program.createHelp().visibleOptions(program);
  const commands = program.commands.filter((command) => command.name() !== 'help');
  const ofCommands = commands.map((command) => ({
    text: command.name(),
    about: lineOf(command.description()),
  }));
  const ofOptions = options.flatMap((option) =>
    namesOf(option).map((text) => ({ text, about: lineOf(option.description) })),
  );
  const ofArguments = program.registeredArguments.flatMap(({ argChoices = [], description }) =>
    argChoices.map((text) => ({ text, about: lineOf(description) })),
  );
  const takesValue = options.filter(({ required, optional }) => required || optional);
  const place: Place = {
    path,
    words: [...ofCommands, ...ofArguments, ...ofOptions],
    valued: takesValue.flatMap(namesOf),
    choices: new Map(
      takesValue.flatMap((option) =>
        namesOf(option).flatMap((name) => (option.argChoices ? [[name, option.argChoices]] : [])),
      ),
    ),
  };
  return [place, ...commands.flatMap((command) => placesOf(command, [...path, command.name()]))];
}

const namesOf = ({ short, long }: Option): string[] => [short, long].flatMap((name) => name ?? []);

const lineOf = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
