/** The command line: which commands there are, what they take, and how a wrong one is answered. */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { EXIT, type CommandIo, type CommonOptions, type ExitCode } from './command-io.ts';
import { parseByteSize } from './byte-size.ts';
import { DEFAULT_MAX_OVERHEAD } from '../collectors/governor.ts';
import type { FleetOptions } from './fleet.ts';
import { parseDuration } from './duration.ts';
import { version } from './version.ts';

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

  program
    .addCommand(
      command('attach')
        .description('the terminal UI on a running service, or on several side by side')
        .argument('<target...>', TARGET_HELP)
        .addOption(tree())
        .addOption(noHeapSampling())
        .addOption(maxOverhead())
        .addOption(assumeNoHandler())
        .option('--presenter', 'larger blocks and fewer figures, for a shared screen')
        .action(
          run(async (targets: readonly string[], options: CommonOptions & FleetOptions) => {
            const [target = ''] = targets;
            if (options.tree || targets.length > 1) {
              const { runAttachFleet } = await import('./commands/attach-fleet.ts');
              return runAttachFleet(targets, options, io);
            }
            const { runAttach } = await import('./commands/attach.ts');
            return runAttach(target, options, io);
          }),
        ),
    )
    .addCommand(
      command('run')
        .description('starts a service, attaches before its first line runs, and passes its exit code on')
        .usage('[options] [-- node args] app.js [arguments of the service]')
        .argument('<command...>', 'the script, or node itself; its own arguments stay its own')
        .passThroughOptions()
        .addOption(noHeapSampling())
        .addOption(maxOverhead())
        .option('--presenter', 'larger blocks and fewer figures, for a shared screen')
        .action(
          run(async (service: readonly string[], options) => {
            const { runService } = await import('./commands/run.ts');
            return runService(service, options, io);
          }),
        ),
    )
    .addCommand(
      command('check')
        .description('watches a service or several, prints the diagnosis and exits by its verdict')
        .argument('<target...>', TARGET_HELP)
        .addOption(tree())
        .addOption(time('--duration', 'how long to watch').default(10_000, '10s'))
        .option('--json', 'print the report as JSON')
        .addOption(noHeapSampling())
        .addOption(maxOverhead())
        .addOption(assumeNoHandler())
        .option('--load <weight=url>', 'put load on it meanwhile, any number of times', collect)
        .option(
          '--snapshots',
          'compare heap snapshots of its start and end to say what holds what grows; the service stands still for each',
        )
        .option('--rate <list>', 'rising rates of that load per second (default: 25,50,100,200,400,800)')
        .addOption(
          new Option('--fail-on <severity>', 'exit 1 from this severity on')
            .choices(['critical', 'warning', 'never'])
            .default('critical'),
        )
        .action(
          run(async (targets: readonly string[], options) => {
            const [target = ''] = targets;
            if (options.tree || targets.length > 1) {
              const { runCheckFleet } = await import('./commands/check-fleet.ts');
              return runCheckFleet(targets, options, io);
            }
            const { runCheck } = await import('./commands/check.ts');
            return runCheck(target, options, io);
          }),
        ),
    )
    .addCommand(
      command('record')
        .description('watches a service and writes what happens to a file that `replay` opens')
        .argument('<target>', TARGET_HELP)
        .requiredOption('-o, --output <file>', 'where to write it; readable by you alone')
        .addOption(time('--duration', 'how long to watch').default(60_000, '60s'))
        .addOption(
          size('--max-size', 'largest file; at this size the oldest half of what is in it goes').default(
            200 * 1024 * 1024,
            '200MB',
          ),
        )
        .addOption(noRedact())
        .addOption(noHeapSampling())
        .addOption(maxOverhead())
        .addOption(assumeNoHandler())
        .action(
          run(async (target: string, options) => {
            const { runRecord } = await import('./commands/record.ts');
            return runRecord(target, options, io);
          }),
        ),
    )
    .addCommand(
      command('replay')
        .description('the terminal UI over a recording: play, pause, seek, speed')
        .argument('<file>', 'what `record` wrote, or `w` in the terminal UI')
        .option('--presenter', 'larger blocks and fewer figures, for a shared screen')
        .action(
          run(async (file: string, options: CommonOptions) => {
            const { runReplay } = await import('./commands/replay.ts');
            return runReplay(file, options, io);
          }),
        ),
    )
    .addCommand(
      command('export')
        .description('hands a recording, or what it sees of a service, over to other tools')
        .argument('<input>', `a recording, or ${TARGET_HELP}`)
        .addOption(
          new Option('--format <format>', 'what to write').choices([
            'cpuprofile',
            'pprof',
            'speedscope',
            'collapsed',
            'heapprofile',
            'heapsnapshot',
            'json',
            'prometheus',
          ]),
        )
        .option('-o, --output <file>', 'where to write it (default: standard output)')
        .addOption(
          time(
            '--duration',
            'how long to watch a service (default: 10s, for heapprofile 30s; with --otlp or --pyroscope until it is interrupted)',
          ),
        )
        .option('--otlp <url>', 'send metrics to an OpenTelemetry collector')
        .option('--pyroscope <url>', 'send CPU profiles to Pyroscope')
        .addOption(
          time('--every', 'how often to send, or to replace the file for Prometheus').default(10_000, '10s'),
        )
        .option(
          '--service-name <name>',
          'what the service is called there (default: OTEL_SERVICE_NAME, or what it runs)',
        )
        .option('--force', 'take a heap snapshot also where the estimate speaks against it')
        .addOption(noHeapSampling())
        .addOption(maxOverhead())
        .addOption(assumeNoHandler())
        .action(
          run(async (input: string, options) => {
            const { runExport } = await import('./commands/export.ts');
            return runExport(input, options, io);
          }),
        ),
    )
    .addCommand(
      command('report')
        .description('a recording, or what it sees of a service, as one page for a ticket')
        .argument('<input>', `a recording, or ${TARGET_HELP}`)
        .option(
          '-o, --output <file>',
          'where to write it, readable by you alone; - is standard output (default: a new file where a terminal would get the page)',
        )
        .addOption(
          new Option(
            '--format <format>',
            'what to write (default: markdown for a file *.md, else html)',
          ).choices(['html', 'markdown']),
        )
        .addOption(time('--duration', 'how long to watch a service').default(15_000, '15s'))
        .addOption(noHeapSampling())
        .addOption(maxOverhead())
        .addOption(assumeNoHandler())
        .action(
          run(async (input: string, options) => {
            const { runReport } = await import('./commands/report.ts');
            return runReport(input, options, io);
          }),
        ),
    )
    .addCommand(
      command('ps')
        .description('the Node.js processes on this machine')
        .option('--json', 'print the list as JSON')
        .action(
          run(async (options) => {
            const { runPs } = await import('./commands/ps.ts');
            return runPs(options, io);
          }),
        ),
    )
    .addCommand(
      command('agent')
        .description('what the in-process agent measures with, in a service or in one started here')
        .addArgument(new Argument('<action>', 'what to do').choices(['doctor']))
        .argument('[target]', TARGET_HELP)
        .option('--json', 'print it as JSON')
        .action(
          run(async (_action: string, target: string | undefined, options) => {
            const { runAgentDoctor } = await import('./commands/agent-doctor.ts');
            return runAgentDoctor(target, options, io);
          }),
        ),
    )
    .addCommand(
      command('load')
        .description('drives HTTP load and prints percentiles free of coordinated omission')
        .argument('<url>', 'where to send it; nothing else is ever asked')
        .option('--rate <n>', 'requests per second, on a fixed schedule')
        .option('--connections <n>', 'connections that each send when their last request is answered')
        .addOption(time('--duration', 'how long to count').default(30_000, '30s'))
        .addOption(time('--warmup', 'sent before, and not counted'))
        .addOption(time('--timeout', 'after which a request is given up'))
        .option('--method <method>', 'of every request')
        .option('--body <text>', 'of every request')
        .option('--header <line>', 'as `name: value`, any number of times', collect)
        .option('--url <weight=url>', 'another URL with its weight, any number of times', collect)
        .option('--json', 'print the result as JSON')
        .action(
          run(async (url: string, options) => {
            const { runLoadCommand } = await import('./commands/load.ts');
            return runLoadCommand(url, options, io);
          }),
        ),
    )
    .addCommand(
      command('snapshot')
        .description('a heap snapshot to disk, after saying what it costs the service')
        .argument('<target>', TARGET_HELP)
        .requiredOption('-o, --output <file>', 'where to write it; readable by you alone')
        .option('--force', 'take it also where the estimate speaks against it')
        .option('--json', 'print what was written as JSON')
        .action(
          run(async (target: string, options) => {
            const { runSnapshot } = await import('./commands/snapshot.ts');
            return runSnapshot(target, options, io);
          }),
        ),
    )
    .addCommand(
      command('heap')
        .description(
          'what one heap snapshot holds, or what grew between two: to explore on a terminal, else as text',
        )
        .argument('<file>', 'a .heapsnapshot')
        .argument('[after]', 'a later one of the same process')
        .option('--json', 'print it as JSON')
        .action(
          run(async (file: string, after: string | undefined, options) => {
            if (io.stdout.isTTY && io.stdin.isTTY && options.json !== true) {
              const { runExploreHeap } = await import('./commands/explore-heap.ts');
              return runExploreHeap(after === undefined ? [file] : [file, after], options, io);
            }
            const { runHeap } = await import('./commands/heap.ts');
            return runHeap(file, after, options, io);
          }),
        ),
    )
    .addCommand(
      command('demo')
        .description('starts a small faulty service, puts load on it and attaches')
        .argument('[symptom]', 'what is wrong with it; `--list` names them')
        .option('--list', 'name the symptoms')
        .addOption(time('--duration', 'how long to watch without a terminal').default(15_000, '15s'))
        .action(
          run(async (symptom: string | undefined, options) => {
            const { runDemo } = await import('./commands/demo.ts');
            return runDemo(symptom, options, io);
          }),
        ),
    );
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

const TARGET_HELP =
  'a pid, a unique part of a command line, host:port or ws://… of an inspector, or :port of the HTTP server it listens on';

function command(name: string): Command {
  return new Command(name)
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .option('--ascii', 'draw with ASCII characters only')
    .addOption(new Option('--theme <name>', 'colours').choices(['auto', 'dark', 'light', 'high-contrast']));
}

/** An option whose value is a duration, in milliseconds once parsed. */
function time(flag: string, description: string): Option {
  return new Option(`${flag} <time>`, description).argParser((text: string) => {
    const parsed = parseDuration(text, flag);
    if (!parsed.ok) throw new InvalidArgumentError(parsed.error.hint);
    return parsed.value;
  });
}

/** An option whose value is a size, in bytes once parsed. */
function size(flag: string, description: string): Option {
  return new Option(`${flag} <size>`, description).argParser((text: string) => {
    const parsed = parseByteSize(text, flag);
    if (!parsed.ok) throw new InvalidArgumentError(parsed.error.hint);
    return parsed.value;
  });
}

function noRedact(): Option {
  return new Option(
    '--no-redact',
    'keep query strings, secrets in command lines and in source, and keys of heap paths in what is written',
  );
}

function tree(): Option {
  return new Option('--tree', 'with all that it started: the workers of a cluster, what pm2 runs');
}

function maxOverhead(): Option {
  return new Option(
    '--max-overhead <percent>',
    "how much of the service's main thread watching may take in a minute before sampling is held back",
  )
    .default(DEFAULT_MAX_OVERHEAD, `${DEFAULT_MAX_OVERHEAD * 100}%`)
    .argParser((text: string) => {
      const percent = /^\d+(?:\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : 0;
      if (percent <= 0 || percent > 100) throw new InvalidArgumentError('write it as 2% or 0.5%');
      return percent / 100;
    });
}

function noHeapSampling(): Option {
  return new Option('--no-heap-sampling', 'do not sample which code allocates what lives on');
}

function assumeNoHandler(): Option {
  return new Option(
    '--assume-no-handler',
    'send SIGUSR1 even where it cannot be seen whether the application handles it itself',
  );
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
