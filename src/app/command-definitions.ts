/** Every command: what it takes, and which module is loaded for it when it is called. */
import { Argument, Command, Option } from 'commander';
import type { CommandIo, CommonOptions, ExitCode } from './command-io.ts';
import {
  assumeNoHandler,
  collect,
  maxOverhead,
  noHeapSampling,
  noRedact,
  mouse,
  presenter,
  size,
  time,
  tree,
} from './command-options.ts';
import type { FleetOptions } from './fleet.ts';
import { version } from './version.ts';

/** What a command's action is given. */
export interface CommandContext {
  readonly io: CommandIo;
  /** Wraps an action, so that the exit code it returns becomes the program's. */
  readonly run: <A extends readonly unknown[]>(
    action: (...given: A) => Promise<ExitCode>,
  ) => (...given: A) => Promise<void>;
}

const TARGET_HELP =
  'a pid, a unique part of a command line, host:port or ws://… of an inspector, or :port of the HTTP server it listens on';

/** All commands, in the order of the help. */
export function createCommands(context: CommandContext): readonly Command[] {
  return [
    attachCommand,
    runCommand,
    checkCommand,
    recordCommand,
    replayCommand,
    exportCommand,
    reportCommand,
    psCommand,
    agentCommand,
    loadCommand,
    snapshotCommand,
    heapCommand,
    demoCommand,
  ].map((create) => create(context));
}

/** A command with the options that all of them take. */
export function command(name: string): Command {
  return new Command(name)
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .option('--ascii', 'draw with ASCII characters only')
    .addOption(new Option('--theme <name>', 'colours').choices(['auto', 'dark', 'light', 'high-contrast']));
}

function attachCommand({ io, run }: CommandContext): Command {
  return command('attach')
    .description('the terminal UI on a running service, or on several side by side')
    .argument('<target...>', TARGET_HELP)
    .addOption(tree())
    .addOption(noHeapSampling())
    .addOption(maxOverhead())
    .addOption(assumeNoHandler())
    .addOption(presenter())
    .addOption(mouse())
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
    );
}

function runCommand({ io, run }: CommandContext): Command {
  return command('run')
    .description('starts a service, attaches before its first line runs, and passes its exit code on')
    .usage('[options] [-- node args] app.js [arguments of the service]')
    .argument('<command...>', 'the script, or node itself; its own arguments stay its own')
    .passThroughOptions()
    .addOption(noHeapSampling())
    .addOption(maxOverhead())
    .addOption(presenter())
    .addOption(mouse())
    .action(
      run(async (service: readonly string[], options) => {
        const { runService } = await import('./commands/run.ts');
        return runService(service, options, io);
      }),
    );
}

function checkCommand({ io, run }: CommandContext): Command {
  return command('check')
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
    );
}

function recordCommand({ io, run }: CommandContext): Command {
  return command('record')
    .description('watches a service or several and writes what happens to files that `replay` opens')
    .argument('<target...>', TARGET_HELP)
    .addOption(tree())
    .requiredOption(
      '-o, --output <file>',
      'where to write it; readable by you alone. Of several services, a new folder with a file of each',
    )
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
      run(async (targets: readonly string[], options) => {
        const [target = ''] = targets;
        if (options.tree || targets.length > 1) {
          const { runRecordFleet } = await import('./commands/record-fleet.ts');
          return runRecordFleet(targets, options, io);
        }
        const { runRecord } = await import('./commands/record.ts');
        return runRecord(target, options, io);
      }),
    );
}

function replayCommand({ io, run }: CommandContext): Command {
  return command('replay')
    .description('the terminal UI over a recording: play, pause, seek, speed')
    .argument('<file>', 'what `record` wrote, or `w` in the terminal UI; a folder of recordings, too')
    .addOption(presenter())
    .addOption(mouse())
    .action(
      run(async (file: string, options: CommonOptions) => {
        const { recordingsIn } = await import('./fleet-folder.ts');
        const recordings = recordingsIn(file);
        if (recordings.length > 0) {
          const { runReplayFleet } = await import('./commands/replay-fleet.ts');
          return runReplayFleet(recordings, options, io);
        }
        const { runReplay } = await import('./commands/replay.ts');
        return runReplay(file, options, io);
      }),
    );
}

function exportCommand({ io, run }: CommandContext): Command {
  return command('export')
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
    );
}

function reportCommand({ io, run }: CommandContext): Command {
  return command('report')
    .description('a recording, or what it sees of a service, as one page for a ticket')
    .argument('<input>', `a recording, or ${TARGET_HELP}`)
    .option(
      '-o, --output <file>',
      'where to write it, readable by you alone; - is standard output (default: a new file where a terminal would get the page)',
    )
    .addOption(
      new Option('--format <format>', 'what to write (default: markdown for a file *.md, else html)').choices(
        ['html', 'markdown'],
      ),
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
    );
}

function psCommand({ io, run }: CommandContext): Command {
  return command('ps')
    .description('the Node.js processes on this machine')
    .option('--json', 'print the list as JSON')
    .action(
      run(async (options) => {
        const { runPs } = await import('./commands/ps.ts');
        return runPs(options, io);
      }),
    );
}

function agentCommand({ io, run }: CommandContext): Command {
  return command('agent')
    .description('what the in-process agent measures with, in a service or in one started here')
    .addArgument(new Argument('<action>', 'what to do').choices(['doctor']))
    .argument('[target]', TARGET_HELP)
    .option('--json', 'print it as JSON')
    .action(
      run(async (_action: string, target: string | undefined, options) => {
        const { runAgentDoctor } = await import('./commands/agent-doctor.ts');
        return runAgentDoctor(target, options, io);
      }),
    );
}

function loadCommand({ io, run }: CommandContext): Command {
  return command('load')
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
    );
}

function snapshotCommand({ io, run }: CommandContext): Command {
  return command('snapshot')
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
    );
}

function heapCommand({ io, run }: CommandContext): Command {
  return command('heap')
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
    );
}

function demoCommand({ io, run }: CommandContext): Command {
  return command('demo')
    .description('starts a small faulty service, puts load on it and attaches')
    .argument('[symptom]', 'what is wrong with it; `--list` names them')
    .option('--list', 'name the symptoms')
    .addOption(time('--duration', 'how long to watch without a terminal').default(15_000, '15s'))
    .action(
      run(async (symptom: string | undefined, options) => {
        const { runDemo } = await import('./commands/demo.ts');
        return runDemo(symptom, options, io);
      }),
    );
}
