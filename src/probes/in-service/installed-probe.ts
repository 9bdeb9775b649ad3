/** A probe as others meet it inside the service: loopscopes that come later, and the parts that are put into it. */
import type { RequestMeter } from './request-meter.ts';
import type { RouteTable } from './route-table.ts';

/** A further part, put in while the probe lives and removed with it, however that ends. */
export interface ProbeExtension {
  /** What it has to tell goes with every second reading of the probe; plain data. */
  read?(): unknown;
  remove(): void;
}

/** What an extension is made of. It is called from a timer without context, like everything of the probe. */
export interface ExtensionHost {
  readonly nowMs: () => number;
  readonly builtin: (name: string) => unknown;
  readonly requests: RequestMeter;
  readonly routes: RouteTable;
  readonly extensions: Readonly<Record<string, ProbeExtension>>;
}

/** One loopscope's probe. A later loopscope may meet an earlier one's: keep it so. */
export interface InstalledProbe {
  read(): string;
  uninstall(): void;
  sincePolledMs(): number;
  /** Another probe that leaves hands over an inspector that is ours to close, unless this one has that duty already. */
  inherit(debugPort: number): void;
  /** Puts a part in at the loop's next turn, if the probe is still there then; replaces one of the same name. */
  extend(name: string, create: (host: ExtensionHost) => ProbeExtension): void;
  readonly extensions: Readonly<Record<string, ProbeExtension>>;
}
