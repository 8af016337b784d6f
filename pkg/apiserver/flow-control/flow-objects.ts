/** Follows FlowSchemas and PriorityLevelConfigurations: what they say holds at once, and then their status says so. */
import type { FlowSchema, PriorityLevelConfiguration } from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { untilDone } from "../bootstrap/until-done.ts";
import type { FollowOptions } from "../resources/follow.ts";
import { followObjects } from "../resources/follow-objects.ts";
import type { ResourceTable } from "../resources/table.ts";
import type { ServerServices } from "../services.ts";
import { applyStatus } from "../write/apply-status.ts";
import { timestamp } from "../write/request.ts";
import { danglingCondition } from "./dangling.ts";
import type { FlowControl } from "./flow-control.ts";
import { WriteBudget } from "./write-budget.ts";

const group = "flowcontrol.apiserver.k8s.io";
const manager = "api-priority-and-fairness-config-consumer-v1";
const systemUser = { name: "system:apiserver", groups: ["system:masters"] };

/** When a status was written too often, it is looked at again after this, and up to so much more. */
const pauseMs = 30_000;
const pauseJitterMs = 45_000;

export class FlowObjects {
  readonly #control: FlowControl;
  readonly #levels = new Map<string, Readonly<PriorityLevelConfiguration>>();
  readonly #schemas = new Map<string, Readonly<FlowSchema>>();
  readonly #budget = new WriteBudget();
  #services: ServerServices | undefined;
  #isApplying = false;
  #isWriting = false;
  #writesAgain = false;
  #pause: Disposable | undefined;

  constructor(control: FlowControl) {
    this.#control = control;
  }

  /** Resolves once all that exists holds. */
  async follow(table: ResourceTable, options: FollowOptions): Promise<void> {
    const store = (plural: string) => table.ensure(group, "v1", plural).store;
    await Promise.all([
      followObjects(store("prioritylevelconfigurations"), this.#consumerOf(this.#levels), options),
      followObjects(store("flowschemas"), this.#consumerOf(this.#schemas), options),
    ]);
    this.#apply();
  }

  /** From now on the status of the schemas is kept, until the server stops. */
  keepStatus(services: ServerServices): void {
    this.#services = services;
    services.stopping.addEventListener("abort", () => this.#pause?.[Symbol.dispose](), { once: true });
    this.#keepStatus();
  }

  #consumerOf<T extends KubeObject>(known: Map<string, Readonly<T>>) {
    return {
      put: (object: Readonly<KubeObject>) => {
        const name = object.metadata.name ?? "";
        const last = known.get(name);
        known.set(name, object as Readonly<T>);
        this.#changed(!last || !isSameSpec(last, object));
      },
      remove: ({ metadata }: Readonly<KubeObject>) => {
        known.delete(metadata.name ?? "");
        this.#changed(true);
      },
    };
  }

  /** Many changes come at once: they are taken together, before the next request. */
  #changed(ofSpec: boolean): void {
    if (!ofSpec) {
      this.#keepStatus();
      return;
    }
    if (this.#isApplying) return;
    this.#isApplying = true;
    queueMicrotask(() => this.#apply());
  }

  #apply(): void {
    this.#isApplying = false;
    this.#control.configure([...this.#levels.values()], [...this.#schemas.values()]);
    this.#keepStatus();
  }

  #keepStatus(): void {
    const services = this.#services;
    if (!services || services.stopping.aborted) return;
    this.#writesAgain = true;
    if (this.#isWriting) return;
    this.#isWriting = true;
    const { clock, log, stopping: signal } = services;
    const options = { clock, log, signal, what: "the status of flow schemas was not written" };
    untilDone(() => this.#writeAll(services), options)
      .catch((error: unknown) => {
        if (!signal.aborted) log.error({ err: error }, "the status of flow schemas could not be written");
      })
      .finally(() => {
        this.#isWriting = false;
      });
  }

  async #writeAll(services: ServerServices): Promise<void> {
    while (this.#writesAgain && !services.stopping.aborted) {
      this.#writesAgain = false;
      this.#budget.keep(new Set(this.#schemas.keys()));
      try {
        for (const name of [...this.#schemas.keys()]) await this.#write(services, name);
      } catch (error) {
        this.#writesAgain = true;
        throw error;
      }
    }
  }

  async #write(services: ServerServices, name: string): Promise<void> {
    const schema = this.#schemas.get(name);
    if (!schema) return;
    const now = services.clock.now();
    const levelExists = (level: string): boolean => this.#control.configuration.hasLevel(level);
    const condition = danglingCondition(schema, levelExists, timestamp(now));
    if (!condition) return;
    if (!this.#budget.take(name, now)) {
      this.#pauseWriting(services);
      return;
    }
    const resource = services.table.ensure(group, "v1", "flowschemas");
    const write = {
      services,
      resource,
      subresource: "status",
      namespace: "",
      name,
      user: systemUser,
      dryRun: false,
      manager,
      warn: () => {},
    };
    await applyStatus(write, { conditions: [condition] }).catch((error: unknown) => {
      // It has just been deleted, of which there will be word.
      if (!(error instanceof StatusError && error.reason === "NotFound")) throw error;
    });
  }

  #pauseWriting({ clock }: ServerServices): void {
    this.#pause?.[Symbol.dispose]();
    this.#pause = clock.after(pauseMs + Math.random() * pauseJitterMs, () => this.#keepStatus());
  }
}

const isSameSpec = ({ metadata: a }: Readonly<KubeObject>, { metadata: b }: Readonly<KubeObject>): boolean =>
  a.uid === b.uid && a.generation === b.generation;
