/**
 * Terminal input into keys. A chunk may hold several keys (`jjj`), half an arrow, a paste, or the terminal's answer
 * to a question of ours; each comes out as what it is.
 *
 *   parser.push('j\u001b[A') -> [{ kind: 'key', name: 'j' }, { kind: 'key', name: 'up' }]
 */

export type Input =
  | { readonly kind: 'key'; readonly name: KeyName }
  | { readonly kind: 'paste'; readonly text: string }
  /** At a cell, from 0. */
  | { readonly kind: 'mouse'; readonly action: MouseAction; readonly x: number; readonly y: number }
  /** An answer of the terminal to a query; never a key. */
  | { readonly kind: 'reply'; readonly text: string };

export type MouseAction = 'press' | 'wheel-up' | 'wheel-down';

/** A printable character, `ctrl-x`, or one of the names below. */
export type KeyName = string;

/** How long a lone ESC may still be the start of an arrow on a slow link. */
export const ESCAPE_TIMEOUT_MS = 50;

const NAMED: Readonly<Record<string, KeyName>> = {
  '\x1b[A': 'up',
  '\x1b[B': 'down',
  '\x1b[C': 'right',
  '\x1b[D': 'left',
  '\x1bOA': 'up',
  '\x1bOB': 'down',
  '\x1bOC': 'right',
  '\x1bOD': 'left',
  '\x1b[H': 'home',
  '\x1b[F': 'end',
  '\x1bOH': 'home',
  '\x1bOF': 'end',
  '\x1b[1~': 'home',
  '\x1b[4~': 'end',
  '\x1b[7~': 'home',
  '\x1b[8~': 'end',
  '\x1b[3~': 'delete',
  '\x1b[5~': 'page-up',
  '\x1b[6~': 'page-down',
  '\x1b[Z': 'shift-tab',
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  ' ': 'space',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x1b': 'escape',
};

const PASTE_START = '\x1b[200~';
const PASTE_END = '\x1b[201~';
/** A paste or answer that grows past this never ends: what was kept is dropped. */
const LONGEST_PENDING = 65_536;

/* oxlint-disable no-control-regex -- these are the control sequences themselves */
const STRING_REPLY = /^\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)/;
const STRING_REPLY_START = /^\x1b[\]P_^X][^\x07\x1b]*\x1b?$/;
const CONTROL_REPLY = /^\x1b\[(?:[?>=][0-9;]*[$]?[A-Za-z]|\d+;\d+R|[IO])/;
const CONTROL_SEQUENCE = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|O[@-~])/;
const UNFINISHED = /^\x1b(?:\[[0-?]*[ -/]*|O)?$/;
/* oxlint-enable no-control-regex */

export class KeyParser {
  #pending = '';

  /** Whether a sequence has begun; when nothing follows within `ESCAPE_TIMEOUT_MS`, call `flush`. */
  get hasPending(): boolean {
    return this.#pending !== '';
  }

  push(chunk: string): Input[] {
    let rest = this.#pending + chunk;
    this.#pending = '';
    const inputs: Input[] = [];
    while (rest !== '') {
      const taken = takeInput(rest);
      if (taken === 'unfinished') {
        if (rest.length <= LONGEST_PENDING) this.#pending = rest;
        break;
      }
      if (taken.input) inputs.push(taken.input);
      rest = rest.slice(taken.length);
    }
    return inputs;
  }

  /** The time is up: a lone ESC was the Escape key, anything longer was cut off and is dropped. */
  flush(): Input[] {
    const pending = this.#pending;
    // A paste may take as long as it likes.
    if (pending.startsWith(PASTE_START)) return [];
    this.#pending = '';
    return pending === '\x1b' ? [{ kind: 'key', name: 'escape' }] : [];
  }
}

type Taken = { readonly length: number; readonly input: Input | null };

function takeInput(text: string): Taken | 'unfinished' {
  if (text.startsWith(PASTE_START)) return takePaste(text);
  if (!text.startsWith('\x1b')) return takeCharacter(text);
  const reply = STRING_REPLY.exec(text) ?? CONTROL_REPLY.exec(text);
  if (reply) return { length: reply[0].length, input: { kind: 'reply', text: reply[0] } };
  if (UNFINISHED.test(text) || STRING_REPLY_START.test(text)) return 'unfinished';
  const sequence = CONTROL_SEQUENCE.exec(text)?.[0];
  if (sequence !== undefined) {
    if (sequence.startsWith('\x1b[<')) return { length: sequence.length, input: mouseFrom(sequence) };
    const name = NAMED[sequence];
    return { length: sequence.length, input: name === undefined ? null : { kind: 'key', name } };
  }
  if (text.startsWith('\x1b\x1b')) return { length: 1, input: { kind: 'key', name: 'escape' } };
  // Alt and a key: no key of ours, taken whole so that it is not read as Escape and a letter.
  return { length: 1 + (firstCharacter(text.slice(1)) ?? '').length, input: null };
}

/** Of xterm's SGR form: buttons and wheel as numbers, cells from 1, `M` pressed and `m` let go. */
const MOUSE_ACTIONS: Readonly<Record<string, MouseAction>> = {
  '0M': 'press',
  '64M': 'wheel-up',
  '65M': 'wheel-down',
};

function mouseFrom(sequence: string): Input | null {
  const [button = '', column = '', row = ''] = sequence.slice(3, -1).split(';');
  const action = MOUSE_ACTIONS[button + sequence.slice(-1)];
  const [x, y] = [Number.parseInt(column, 10) - 1, Number.parseInt(row, 10) - 1];
  return action === undefined || !(x >= 0 && y >= 0) ? null : { kind: 'mouse', action, x, y };
}

function takePaste(text: string): Taken | 'unfinished' {
  const end = text.indexOf(PASTE_END);
  if (end < 0) return 'unfinished';
  return {
    length: end + PASTE_END.length,
    input: { kind: 'paste', text: text.slice(PASTE_START.length, end) },
  };
}

function takeCharacter(text: string): Taken {
  const character = firstCharacter(text) ?? '';
  const code = character.codePointAt(0) ?? 0;
  const control = code < 32 ? `ctrl-${String.fromCharCode(code + 96)}` : character;
  return { length: character.length, input: { kind: 'key', name: NAMED[character] ?? control } };
}

function firstCharacter(text: string): string | undefined {
  const code = text.codePointAt(0);
  return code === undefined ? undefined : String.fromCodePoint(code);
}
