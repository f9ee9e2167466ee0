import type { Argument, Command, Option } from 'commander';

/** What may stand where the cursor is. */
export interface Candidate {
  readonly text: string;
  readonly about: string;
}

/** What is proposed: these, and files where files are asked for; or ids, which a running Sluice knows. */
export interface Proposal {
  readonly candidates: readonly Candidate[];
  readonly areFiles: boolean;
  /** What is asked for by name: `destination`, `source`, `profile`. */
  readonly asks: string | null;
  /** Values of options that stand before, by their names. */
  readonly given: Readonly<Record<string, string>>;
}

const NOTHING = { candidates: [], areFiles: false, asks: null } as const;
const FILES = ['file', 'dir'];
const ASKED = ['destination', 'source', 'profile'];

/**
 * What may stand in the place of the last word, from the program's own commands, flags and choices.
 *
 * @param words those behind the program's name; the last is the one that is typed, and may be empty
 */
export function propose(program: Command, words: readonly string[]): Proposal {
  const typed = words.at(-1) ?? '';
  const place = placeOf(program, words.slice(0, -1));
  const proposal = place.option === null ? atPlace(place, typed) : valuesOf(place.option);
  const candidates = proposal.candidates.filter(({ text }) => text.startsWith(typed));
  return { ...proposal, candidates, given: place.given };
}

interface Place {
  readonly command: Command;
  /** The option whose value comes next. */
  readonly option: Option | null;
  /** Arguments that the command has already. */
  readonly had: number;
  readonly given: Readonly<Record<string, string>>;
}

function placeOf(program: Command, words: readonly string[]): Place {
  let [command, had]: [Command, number] = [program, 0];
  let option: Option | null = null;
  const given: Record<string, string> = {};
  for (const word of words) {
    if (option !== null) {
      given[option.attributeName()] = word;
      option = null;
    } else if (word.startsWith('-')) {
      const named = command.options.find(({ long, short }) => word === long || word === short);
      option = named !== undefined && takesValue(named) ? named : null;
    } else {
      const below = had === 0 ? command.commands.find((each) => each.name() === word) : undefined;
      [command, had] = below === undefined ? [command, had + 1] : [below, 0];
    }
  }
  return { command, option, had, given };
}

function atPlace({ command, had }: Place, typed: string): Omit<Proposal, 'given'> {
  const help = command.createHelp();
  if (typed.startsWith('-')) {
    const candidates = help
      .visibleOptions(command)
      .flatMap(({ long, description }) => (long === undefined ? [] : [{ text: long, about: description }]));
    return { ...NOTHING, candidates };
  }
  const below = had > 0 ? [] : help.visibleCommands(command);
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[had] ?? (last?.variadic === true ? last : undefined);
  const values = argument === undefined ? NOTHING : valuesOf(argument);
  return {
    ...values,
    candidates: [...below.map((each) => ({ text: each.name(), about: each.description() })), ...values.candidates],
  };
}

function valuesOf(of: Option | Argument): Omit<Proposal, 'given'> {
  const candidates = (of.argChoices ?? []).map((text) => ({ text, about: '' }));
  const what = 'flags' in of ? (/[<[]([\w-]+)/.exec(of.flags)?.[1] ?? '') : of.name();
  const named = 'flags' in of && of.long === '--profile' ? 'profile' : what;
  return { candidates, areFiles: FILES.includes(named), asks: ASKED.includes(named) ? named : null };
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}
