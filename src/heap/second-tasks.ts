/** What the second thread does; see second-thread.ts. */
import { assertNever } from '../shared/result.ts';
import { surveyNodes } from './node-survey.ts';
import type { SecondAnswers, SecondTask } from './second-thread.ts';
import { readSecondHalf } from './snapshot-file.ts';
import { StringTable } from './string-table.ts';

export function performTask(task: SecondTask): SecondAnswers[SecondTask['kind']] {
  switch (task.kind) {
    case 'read-half':
      return readSecondHalf(task.half);
    case 'survey':
      return surveyNodes({ ...task.heap, strings: new StringTable(task.heap.strings) });
    default:
      return assertNever(task);
  }
}
