/** Calls the plugins in order: first all that may change the object, then all that may only refuse. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { WriteRequest } from "../write/request.ts";
import { newObjectMembers, type SystemMember } from "../write/system-members.ts";
import type { AdmissionPlugin, AdmissionRequest, Operation } from "./plugin.ts";

const none: readonly SystemMember[] = [];

export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins;
  }

  request(
    write: WriteRequest,
    operation: Operation,
    object: KubeObject | undefined,
    old: Readonly<KubeObject> | undefined,
  ): AdmissionRequest {
    const { resource, subresource, namespace, user, dryRun } = write;
    const name = write.unnamed ? "" : write.name || (object?.metadata.name ?? "");
    return {
      operation,
      resource,
      subresource,
      namespace,
      name,
      object,
      old,
      user,
      dryRun,
      unsent: operation === "CREATE" && subresource === "" ? newObjectMembers : none,
      view: write.view,
      options: write.options,
      client: write.client,
      rounds: undefined,
      warn: (t) => write.warn(t),
    };
  }

  async admit(request: AdmissionRequest): Promise<void> {
    await this.#admitOnce(request);
    const { rounds } = request;
    if (!rounds?.again) return;
    rounds.current = 2;
    await this.#admitOnce(request);
  }

  async #admitOnce(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.#plugins) {
      if (!plugin.admit || !plugin.handles(request)) continue;
      const pending = plugin.admit(request);
      if (pending) await pending;
    }
  }

  async validate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.#plugins) {
      if (!plugin.validate || !plugin.handles(request)) continue;
      const pending = plugin.validate(request);
      if (pending) await pending;
    }
  }
}
