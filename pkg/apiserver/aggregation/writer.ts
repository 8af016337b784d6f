/** Writes APIServices in the server's own name. What others did in between is no failure. */
import type { APIService, APIServiceSpec } from "#api/types/apiregistration.k8s.io/v1";
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ServerServices } from "../services.ts";
import { createObject } from "../write/create.ts";
import { deleteObject } from "../write/delete.ts";
import { timestamp, type WriteRequest } from "../write/request.ts";
import { updateObject } from "../write/update.ts";
import type { Availability } from "./availability.ts";

const systemUser = { name: "system:apiserver", groups: ["system:masters"] };
/** Marks what the server registers by itself: `onstart` once, `true` for as long as there is a reason. */
export const automanaged = "kube-aggregator.kubernetes.io/automanaged";

const harmless = new Set(["NotFound", "AlreadyExists", "Conflict"]);

async function unlessOvertaken(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof StatusError && harmless.has(error.reason))) throw error;
  }
}

export class ApiServiceWriter {
  readonly #services: ServerServices;

  constructor(services: ServerServices) {
    this.#services = services;
  }

  create(name: string, spec: APIServiceSpec): Promise<void> {
    const object = {
      kind: "APIService",
      apiVersion: "apiregistration.k8s.io/v1",
      metadata: { name, labels: { [automanaged]: "true" } },
      spec: { ...spec },
    } as unknown as KubeObject;
    return unlessOvertaken(createObject(this.#request(""), object));
  }

  setSpec(name: string, spec: APIServiceSpec): Promise<void> {
    const change = (next: APIService): void => {
      next.spec = { ...spec };
    };
    return unlessOvertaken(updateObject(this.#request(name), changed(change)));
  }

  remove(name: string, uid: string): Promise<void> {
    return unlessOvertaken(deleteObject(this.#request(name), { preconditions: { uid } }));
  }

  /** Nothing is written when the condition is so already. */
  setAvailable(name: string, availability: Availability): Promise<void> {
    const now = timestamp(this.#services.clock.now());
    const write = { ...this.#request(name), subresource: "status", manager: "kube-apiserver" };
    const change = (next: APIService): void => setCondition(next, availability, now);
    return unlessOvertaken(updateObject(write, changed(change), { system: true }));
  }

  #request(name: string): WriteRequest {
    const { table } = this.#services;
    return {
      services: this.#services,
      resource: table.ensure("apiregistration.k8s.io", "v1", "apiservices"),
      namespace: "",
      name,
      subresource: "",
      user: systemUser,
      dryRun: false,
      manager: "kube-apiserver",
      warn: () => {},
    };
  }
}

const changed =
  (change: (next: APIService) => void) =>
  (current: Readonly<KubeObject>): KubeObject => {
    const next = cloneJson(current) as APIService;
    change(next);
    return next as KubeObject;
  };

function setCondition(api: APIService, { status, reason, message }: Availability, now: string): void {
  const before = api.status?.conditions ?? [];
  const old = before.find(({ type }) => type === "Available");
  const lastTransitionTime = (old?.status === status && old.lastTransitionTime) || now;
  const condition = { lastTransitionTime, message, reason, status, type: "Available" };
  if (old && sameJson(old, condition)) return;
  api.status = { ...api.status, conditions: [...before.filter((one) => one !== old), condition] };
}
