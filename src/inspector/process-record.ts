/**
 * What the kernel says of one process, from `/proc/PID`. Reading it touches the process in no way.
 *
 *   readProcess(4711) -> { pid: 4711, state: 'S', commandLine: ['node', 'server.js'], signals: …, … }
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { sanitise } from '../shared/sanitiser.ts';

export interface ProcessRecord {
  readonly pid: number;
  readonly parentPid: number;
  /** One letter, as `ps` shows it: R, S, D, T, t, Z, X. */
  readonly state: string;
  /** When it started, in clock ticks since the machine did: with the pid, the identity of the process. */
  readonly startTicks: number;
  /** CPU time of all its threads so far, in clock ticks. */
  readonly cpuTicks: number;
  readonly rssBytes: number;
  readonly userId: number;
  /** The pid as the process itself sees it: another number in a pid namespace. */
  readonly ownPid: number;
  /** The command line, as it stands: unsanitised. Empty for kernel threads and zombies. */
  readonly commandLine: readonly string[];
  readonly signals: { readonly blocked: bigint; readonly ignored: bigint; readonly caught: bigint };
}

/** The fields of `/proc/PID/stat` after the name, which may hold spaces and brackets: state is the first. */
const STAT = { state: 0, parentPid: 1, userTicks: 11, systemTicks: 12, startTicks: 19 } as const;
/** USER_HZ, 100 on every Linux that Node runs on. */
export const TICKS_PER_SECOND = 100;

/** Characters of a command in a message: as much as fits a line of a terminal. */
const SHORT_COMMAND = 80;

/** Null when there is no such process. Works for processes of other users, too. */
export function readProcess(pid: number): ProcessRecord | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '0';
    const signals = (name: string): bigint => BigInt(`0x${field(name)}`);
    return {
      pid,
      parentPid: Number(fields[STAT.parentPid]),
      state: fields[STAT.state] ?? '?',
      startTicks: Number(fields[STAT.startTicks]),
      cpuTicks: Number(fields[STAT.userTicks]) + Number(fields[STAT.systemTicks]),
      rssBytes: Number.parseInt(field('VmRSS'), 10) * 1024,
      userId: Number(field('Uid').split(/\s+/)[0]),
      ownPid: Number(field('NSpid').split(/\s+/).at(-1) || pid),
      commandLine: splitAtNulls(readFileSync(`/proc/${pid}/cmdline`, 'utf8')),
      signals: { blocked: signals('SigBlk'), ignored: signals('SigIgn'), caught: signals('SigCgt') },
    };
  } catch {
    return null;
  }
}

/** Whether the pid still means the process that was looked at, and that one runs. */
export const isStill = (
  subject: ProcessRecord,
  now: ProcessRecord | null = readProcess(subject.pid),
): boolean => now !== null && now.startTicks === subject.startTicks && now.state !== 'Z' && now.state !== 'X';

/** Whether a set of signals, as the kernel prints it, holds one: the lowest bit is signal 1. */
export const holdsSignal = (signals: bigint, signal: number): boolean =>
  (signals & (1n << BigInt(signal - 1))) !== 0n;

/** One line for people: the command line, safe to print. */
export const commandOf = (process: ProcessRecord): string => sanitise(process.commandLine.join(' '));

/** The same for the middle of a sentence: scripts given with `-e` are as long as they like. */
export function shortCommandOf(process: Pick<ProcessRecord, 'commandLine'>): string {
  const command = sanitise(process.commandLine.join(' '));
  return command.length <= SHORT_COMMAND ? command : `${sanitise(command, SHORT_COMMAND - 1)}…`;
}

/** A variable of the environment the process was started with; null when unset or unreadable. */
export function environmentVariableOf(pid: number, name: string): string | null {
  const prefix = `${name}=`;
  try {
    const variables = splitAtNulls(readFileSync(`/proc/${pid}/environ`, 'utf8'));
    return variables.find((variable) => variable.startsWith(prefix))?.slice(prefix.length) ?? null;
  } catch {
    return null;
  }
}

/** The target of one of the links in `/proc/PID` (`cwd`, `exe`), or null when it cannot be read. */
export function linkOf(pid: number, link: 'cwd' | 'exe' | 'ns/net' | 'ns/user'): string | null {
  try {
    return readlinkSync(`/proc/${pid}/${link}`);
  } catch {
    return null;
  }
}

const splitAtNulls = (text: string): readonly string[] =>
  text.replace(/\0+$/, '').split('\0').filter(Boolean);
