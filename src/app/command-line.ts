/** The command line: the program around the commands, and how a wrong line is answered. */
import { CommanderError } from 'commander';
import { command, createCommands } from './command-definitions.ts';
import { EXIT, type CommandIo, type CommonOptions, type ExitCode } from './command-io.ts';

/** Parses `args`, runs the command and returns its exit code. A wrong command line is one line on stderr, exit 2. */
export async function runCommandLine(args: readonly string[], io: CommandIo): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const run =
    <A extends readonly unknown[]>(action: (...given: A) => Promise<ExitCode>) =>
    async (...given: A): Promise<void> => {
      exitCode = await action(...given);
    };

  const program = command('loopscope')
    .description('Attach to a running Node.js service and see, within seconds, why it is slow.')
    .usage('[command] [options]')
    // What stands behind a service's script belongs to the service.
    .enablePositionalOptions()
    .allowExcessArguments()
    .action(
      run(async (options: CommonOptions) => {
        const [unknown] = program.args;
        if (unknown !== undefined) program.error(`unknown command '${unknown}', see loopscope --help`);
        const { runPick } = await import('./commands/pick.ts');
        return runPick(options, io);
      }),
    );

  for (const each of createCommands({ io, run })) program.addCommand(each);
  // What every command takes is the program's as well, and the parser gives it to the program alone.
  program.hook('preAction', (_program, called) => {
    for (const [name, value] of Object.entries(program.opts())) called.setOptionValue(name, value);
  });
  for (const each of [program, ...program.commands]) {
    each.exitOverride().configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) =>
        write(
          `loopscope: ${text
            .replace(/^error: /, '')
            .trim()
            .replaceAll(/\s*\n\s*/g, ' ')}\n`,
        ),
    });
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (fault) {
    if (!(fault instanceof CommanderError)) throw fault;
    // Help and version arrive as errors with exit code 0; everything else is a wrong command line.
    return fault.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  return exitCode;
}
