import yargs from 'yargs';
import { allCommands } from './commands/all.js';
import { UsageError, errorJson, errorText, exitCode } from './console/errors.js';
import { version } from './version.js';

/**
 * The `spectraloom` command. Sets the exit code: 0 done, 1 failed, 2 wrong call, 130 interrupted.
 * Results go to standard output, progress and errors to standard error.
 */
export async function main(args: readonly string[]): Promise<void> {
  const parser = yargs(joinNegative(args))
    .scriptName('spectraloom')
    .usage('$0 <command>\n\nFrom a physical model to a trained, calibrated, explained network.')
    .locale('en')
    .version(version)
    .parserConfiguration({ 'duplicate-arguments-array': true, 'greedy-arrays': false })
    .strict()
    .recommendCommands()
    .demandCommand(1, '')
    .help()
    .alias('h', 'help')
    .wrap(Math.min(110, process.stdout.columns || 100))
    .epilogue(
      'spectraloom COMMAND --help explains a command and gives examples.\nExit codes: 0 done, 1 failed, 2 wrong call, 130 interrupted.',
    )
    .exitProcess(false)
    .check((argv, options) => {
      refuseTwice(args, argv, (options as { array?: unknown }).array);
      refuseNaN(argv, (options as { number?: unknown }).number);
      return true;
    }, true)
    .showHelpOnFail(false)
    .fail((message, error, y) => {
      // yargs' own complaints (YError) are wrong calls; anything else comes from a handler.
      if (error && error.name !== 'YError') throw error;
      const missing = /^Not enough non-option arguments: got (\d+)/.exec(message ?? '');
      if (missing) throw missingPositional(y, args, Number(missing[1]));
      if (!message && !error) {
        y.showHelp('error');
        throw new UsageError({ what: 'a command is needed', next: 'choose one of those above' });
      }
      const meant = /^Did you mean (.+)\?$/.exec(message ?? '');
      throw new UsageError({
        what: meant ? 'no such command' : (message || error.message).replace(/\n/g, ' '),
        ...(meant && { got: args.join(' '), expected: `perhaps ${meant[1]}` }),
        next: `spectraloom ${commandWords(args)}--help lists what there is`,
      });
    });
  for (const command of allCommands) parser.command(command);
  try {
    await parser.parseAsync();
  } catch (error) {
    if (args.includes('--json'))
      process.stdout.write(`${JSON.stringify(errorJson(error, args))}\n`);
    else process.stderr.write(`${errorText(error, args)}\n`);
    process.exitCode = exitCode(error);
  }
}

/** yargs takes `-0.5,0,0` behind `--q` for an option: join the two words. */
function joinNegative(args: readonly string[]): string[] {
  const words: string[] = [];
  for (const word of args) {
    if (words.at(-1) === '--q' && /^-[\d.]/.test(word)) words[words.length - 1] = `--q=${word}`;
    else words.push(word);
  }
  return words;
}

/** An option that takes one value, given twice, reaches a handler as a list: refuse it here. */
function refuseTwice(args: readonly string[], argv: Record<string, unknown>, lists: unknown): void {
  const taken = Array.isArray(lists) ? lists.map(String) : [];
  for (const [name, value] of Object.entries(argv)) {
    if (name === '_' || name === '--' || !Array.isArray(value) || taken.includes(name)) continue;
    // A list may also be what an option made of its one word: only words of the call count.
    const words = [`--${name}`, `--${kebab(name)}`];
    if (args.filter((a) => words.includes(a.split('=')[0]!)).length < 2) continue;
    throw new UsageError({
      what: 'an option was given twice',
      where: `--${kebab(name)}`,
      got: value.map((v) => `'${String(v)}'`).join(' and '),
      expected: 'one value',
      next: 'leave one of them out',
    });
  }
}

/** yargs makes NaN of what is no number, and infinity of 1e999. */
function refuseNaN(argv: Record<string, unknown>, numbers: unknown): void {
  for (const name of Array.isArray(numbers) ? numbers.map(String) : []) {
    const value = argv[name];
    if (typeof value !== 'number' || Number.isFinite(value)) continue;
    throw new UsageError({
      what: 'a number could not be read',
      where: name.length > 1 ? `--${kebab(name)}` : `-${name}`,
      got: Number.isNaN(value) ? 'something else (NaN)' : String(value),
      expected: 'a finite number',
    });
  }
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

/** Names the word that a command lacks (yargs only counts them), from the usage line of the command. */
function missingPositional(y: unknown, args: readonly string[], got: number): UsageError {
  const told = y as { getUsage?: () => readonly (readonly unknown[])[] };
  const line = String(told.getUsage?.()[0]?.[0] ?? '').split('\n')[0] ?? '';
  const word = line.match(/<[^>]+>/g)?.[got];
  return new UsageError({
    what: word ? `${word} is missing` : 'a word is missing',
    ...(word && { expected: line.replace('$0', 'spectraloom') }),
    next: `spectraloom ${commandWords(args)}--help explains it and gives examples`,
  });
}

function commandWords(args: readonly string[]): string {
  const first = args[0];
  const known = allCommands.some((c) => String(c.command).split(' ')[0] === first);
  return known ? `${first} ` : '';
}
