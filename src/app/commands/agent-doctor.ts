/** `loopscope agent doctor`: what the in-process agent measures with, in a service that has it or here. */
import { EXIT, type CommandIo, type CommonOptions, type ExitCode } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import { version } from '../version.ts';
import { selectAgentUses } from '../../agent/agent-uses.ts';
import type { AgentUse } from '../../agent/agent-uses.ts';
import { DESCRIBE_METHOD } from '../../agent/agent-wire.ts';
import type { AgentDescription } from '../../agent/agent-wire.ts';
import { findTool, TOOL_NAMES } from '../../agent/native-tools.ts';
import { adviseAgent, AGENT_BY_ENVIRONMENT } from '../../inspector/agent-command.ts';
import { AGENT_FOLDER_VARIABLE, agentPlaces, provideAgentFolder } from '../../inspector/agent-folder.ts';
import { findAgentSocket } from '../../inspector/agent-socket.ts';
import { connectToAgentAt, sayCallFailure } from '../../inspector/inspector-connection.ts';
import { recogniseNode } from '../../inspector/preflight.ts';
import { resolveTarget } from '../../inspector/target.ts';
import type { CodedError } from '../../shared/coded-error.ts';
import { sanitise } from '../../shared/sanitiser.ts';
import { fail, ok, type Result } from '../../shared/result.ts';

const DOCTOR_SCHEMA = 'loopscope.agent/1';
/** Wide enough for `v8-profiler-next` and two spaces. */
const LABEL_COLUMNS = 18;

/** What was found out, of a service or of this place. */
interface Examination {
  /** Null when no service was asked. */
  readonly pid: number | null;
  readonly node: string;
  readonly agent: AgentDescription;
}

/** Without a target: what the agent of a service would have that is started in this folder, by this Node. */
export async function runAgentDoctor(
  target: string | undefined,
  options: CommonOptions & { readonly json?: true },
  io: CommandIo,
): Promise<ExitCode> {
  const json = options.json === true;
  const examined = target === undefined ? examineHere(io) : await examineService(target);
  if (!examined.ok) return reportFailure(examined.error, io, json);
  const { pid, node, agent } = examined.value;
  const uses = selectAgentUses(agent, Number(/^v(\d+)/.exec(node)?.[1]));
  const text = json
    ? JSON.stringify({ schema: DOCTOR_SCHEMA, pid, node, ...agent, uses }, null, 2)
    : [
        pid === null
          ? `a service started here with ${AGENT_BY_ENVIRONMENT}, Node ${node}:`
          : `the agent of process ${pid}, loopscope ${sanitise(agent.version)}, Node ${node}:`,
        row('socket', sanitise(agent.socketPath)),
        ...uses.map(({ what, by, because }) => row(what, `${sanitise(by ?? 'none')}: ${sanitise(because)}`)),
        ...agent.tools.map((tool) => row(tool.name, sayTool(tool, uses))),
      ].join('\n');
  io.stdout.write(`${text}\n`);
  return EXIT.done;
}

async function examineService(target: string): Promise<Result<Examination, CodedError>> {
  const resolved = await resolveTarget(target);
  if (!resolved.ok) return resolved;
  if (typeof resolved.value !== 'number') return fail(noAgent(target, AGENT_BY_ENVIRONMENT));
  const recognised = recogniseNode(resolved.value);
  if (!recognised.ok) return recognised;
  const { process: subject, executable } = recognised.value;
  const socketPath = findAgentSocket(subject);
  if (socketPath === null)
    return fail(noAgent(`process ${subject.pid}`, adviseAgent(subject, executable.version)));
  const session = await connectToAgentAt(socketPath);
  if (!session.ok) return session;
  const agent = await session.value.call<AgentDescription>(DESCRIBE_METHOD);
  session.value.close();
  return agent.ok
    ? ok({ pid: subject.pid, node: executable.version ?? '?', agent: agent.value })
    : fail(noAgent(`process ${subject.pid}`, sayCallFailure(agent.error)));
}

function examineHere(io: CommandIo): Result<Examination, CodedError> {
  const userId = process.geteuid?.() ?? -1;
  const folders = agentPlaces(io.env).map((place) => provideAgentFolder(place, userId));
  const folder = folders.find((candidate) => candidate.ok);
  if (folder?.ok !== true) {
    const whys = folders.map((candidate) => (candidate.ok ? '' : candidate.error)).join('; ');
    return fail({
      code: 'agent-folder',
      message: `the agent would find no place for its socket: ${whys}`,
      hint: `name one that can be written to: ${AGENT_FOLDER_VARIABLE}=/some/folder`,
      exitCode: EXIT.cannotAttach,
    });
  }
  const tools = TOOL_NAMES.map((name) => ({
    name,
    version: findTool(name, [process.cwd()])?.version ?? null,
    loaded: false,
  }));
  const agent = { version, socketPath: `${folder.value}/`, inspector: process.features.inspector, tools };
  return ok({ pid: null, node: process.version, agent });
}

const noAgent = (what: string, hint: string): CodedError => ({
  code: 'no-agent',
  message: `${what} has no in-process agent`,
  hint,
  exitCode: EXIT.cannotAttach,
});

function sayTool(
  { name, version: found, loaded }: AgentDescription['tools'][number],
  uses: readonly AgentUse[],
): string {
  if (found === null) return 'not installed';
  const isUsed = uses.some(({ by }) => by?.startsWith(name));
  if (!isUsed) return `${sanitise(found)}, installed and not needed`;
  return `${sanitise(found)}, ${loaded ? 'loaded' : 'loaded when it is needed'}`;
}

const row = (label: string, text: string): string => `  ${label.padEnd(LABEL_COLUMNS)}${text}`;
