/**
 * Holds what the explorer shows and asks the heap thread for what is missing, one question at a time: whoever
 * scrolls through a hundred rows wants the path of the last one, not of all.
 */
import type { HeapThread } from '../../heap/heap-thread.ts';
import type { CodedError } from '../../shared/coded-error.ts';
import { assertNever, ok, type Result } from '../../shared/result.ts';
import {
  createExplorer,
  placeKey,
  placeOf,
  type Explorer,
  type ExplorerData,
  type ExplorerUi,
} from './explorer-state.ts';
import { selectQuestion, type HeapQuestion } from './explorer-table.ts';

/** Paths of what was selected lately; a path is asked again in no time. */
const MOST_PATHS = 500;

export class ExplorerStore {
  readonly #thread: HeapThread;
  readonly #changed: () => void;
  #explorer: Explorer;
  #asking = false;

  /** @param changed called when there is something new to draw */
  constructor(files: readonly string[], thread: HeapThread, changed: () => void) {
    this.#thread = thread;
    this.#changed = changed;
    this.#explorer = createExplorer(files);
  }

  get explorer(): Explorer {
    return this.#explorer;
  }

  /** Reads the files and compares them where there are two. What fails is the user's to know. */
  async read(): Promise<Result<void, CodedError>> {
    const { files } = this.#explorer.data;
    this.#thread.onProgress = (progress) => {
      const { work } = this.#explorer.data;
      if (work) this.#update({ work: { ...work, progress } });
    };
    for (const [file, path] of files.entries()) {
      this.#update({ work: { file, files: files.length, progress: null } });
      const opened = await this.#thread.ask({ kind: 'open-file', path });
      if (!opened.ok) return opened;
      if (file < files.length - 1) {
        const kept = await this.#thread.ask({ kind: 'keep-baseline' });
        if (!kept.ok) return kept;
        continue;
      }
      const comparison = files.length > 1 ? await this.#thread.ask({ kind: 'compare' }) : null;
      if (comparison?.ok === false) return comparison;
      this.#update({ summary: opened.value, comparison: comparison?.value ?? null, work: null });
    }
    this.#ask();
    return ok(undefined);
  }

  show(ui: ExplorerUi): void {
    this.#explorer = { ...this.#explorer, ui };
    this.#changed();
    this.#ask();
  }

  #update(data: Partial<ExplorerData>): void {
    this.#explorer = { ...this.#explorer, data: { ...this.#explorer.data, ...data } };
    this.#changed();
  }

  #ask(): void {
    const question = this.#asking ? null : selectQuestion(this.#explorer);
    if (question === null) return;
    this.#asking = true;
    const key = placeKey(placeOf(this.#explorer.ui));
    void this.#answer(question, key).then((answered) => {
      this.#asking = false;
      if (answered) this.#ask();
    });
  }

  /** @returns false when the thread has ended: nothing more will be answered */
  async #answer(question: HeapQuestion, key: string): Promise<boolean> {
    const { data } = this.#explorer;
    switch (question.kind) {
      case 'instances':
      case 'search': {
        const objects = await this.#thread.ask(question);
        if (objects.ok) this.#update({ lists: new Map(data.lists).set(key, objects.value) });
        return objects.ok;
      }
      case 'dominated': {
        const members = await this.#thread.ask(question);
        if (members.ok) this.#update({ members: new Map(data.members).set(question.id, members.value) });
        return members.ok;
      }
      case 'path': {
        const path = await this.#thread.ask(question);
        if (path.ok)
          this.#update({ paths: new Map([...data.paths].slice(-MOST_PATHS)).set(question.id, path.value) });
        return path.ok;
      }
      default:
        return assertNever(question);
    }
  }
}
