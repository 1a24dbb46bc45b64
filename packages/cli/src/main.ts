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
    .epilogue('spectraloom COMMAND --help explains a command and gives examples.')
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error, y) => {
      // yargs' own complaints (YError) are wrong calls; anything else comes from a handler.
      if (error && error.name !== 'YError') throw error;
      if (!message && !error) {
        y.showHelp('error');
        throw new UsageError({ what: 'a command is needed', next: 'choose one of those above' });
      }
      throw new UsageError({
        what: (message || error.message).replace(/\n/g, ' '),
        next: `spectraloom ${commandWords(args)}--help lists what there is`,
      });
    });
  for (const command of allCommands) parser.command(command);
  try {
    await parser.parseAsync();
  } catch (error) {
    if (args.includes('--json')) process.stdout.write(`${JSON.stringify(errorJson(error))}\n`);
    else process.stderr.write(`${errorText(error)}\n`);
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

function commandWords(args: readonly string[]): string {
  const first = args[0];
  const known = allCommands.some((c) => String(c.command).split(' ')[0] === first);
  return known ? `${first} ` : '';
}
