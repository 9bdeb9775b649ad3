/** The options that several commands take, and how their values are read. */
import { InvalidArgumentError, Option } from 'commander';
import { DEFAULT_MAX_OVERHEAD } from '../collectors/governor.ts';
import { parseByteSize } from './byte-size.ts';
import { parseDuration } from './duration.ts';

/** An option whose value is a duration, in milliseconds once parsed. */
export function time(flag: string, description: string): Option {
  return new Option(`${flag} <time>`, description).argParser((text: string) => {
    const parsed = parseDuration(text, flag);
    if (!parsed.ok) throw new InvalidArgumentError(parsed.error.hint);
    return parsed.value;
  });
}

/** An option whose value is a size, in bytes once parsed. */
export function size(flag: string, description: string): Option {
  return new Option(`${flag} <size>`, description).argParser((text: string) => {
    const parsed = parseByteSize(text, flag);
    if (!parsed.ok) throw new InvalidArgumentError(parsed.error.hint);
    return parsed.value;
  });
}

export function noRedact(): Option {
  return new Option(
    '--no-redact',
    'keep query strings, secrets in command lines and in source, and keys of heap paths in what is written',
  );
}

export function tree(): Option {
  return new Option('--tree', 'with all that it started: the workers of a cluster, what pm2 runs');
}

export function maxOverhead(): Option {
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

export function presenter(): Option {
  return new Option('--presenter', 'larger blocks and fewer figures, for a shared screen');
}

export function mouse(): Option {
  return new Option('--mouse', 'click and scroll; the terminal then selects text only with Shift held');
}

export function noHeapSampling(): Option {
  return new Option('--no-heap-sampling', 'do not sample which code allocates what lives on');
}

export function assumeNoHandler(): Option {
  return new Option(
    '--assume-no-handler',
    'send SIGUSR1 even where it cannot be seen whether the application handles it itself',
  );
}

export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
