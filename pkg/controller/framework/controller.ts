/** What a controller is: it declares what it watches, and reconciles keys. */

import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { Client, EventRecorder, InformerSet, Reconcile, WorkQueue } from "#pkg/client/index.ts";
import type { ControllerManagerOptions } from "../options.ts";

export interface ControllerContext {
  readonly client: Client;
  /** Shared by all controllers; handlers and indexes are added while building, before anything starts. */
  readonly informers: InformerSet;
  readonly clock: Clock;
  readonly log: Logger;
  readonly options: ControllerManagerOptions;
  /** A queue with metrics under this name. */
  queue(name: string): WorkQueue;
  /** A recorder for this source, `deployment-controller`; the same source is the same recorder. */
  recorder(component: string): EventRecorder;
}

/** Keys of a queue, worked on by some workers. */
export interface Loop {
  readonly queue: WorkQueue;
  readonly workers: number;
  readonly reconcile: Reconcile;
}

export interface BuiltController {
  readonly loops: readonly Loop[];
  /** What does not fit a queue: runs beside the loops until the signal aborts. */
  run?(signal: AbortSignal): Promise<void>;
}

export interface Controller {
  /** Upstream's name, as `--controllers` selects it. */
  readonly name: string;
  /** `*` does not mean it. */
  readonly isOffByDefault?: boolean;
  /** Called once, before the informers start; must not wait or call the server. */
  build(context: ControllerContext): BuiltController;
}
