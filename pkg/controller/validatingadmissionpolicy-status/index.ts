/** Tells authors of admission policies which of their expressions do not fit the types that they are about. */
import { resources } from "#api/gen/resources.ts";
import type { ValidatingAdmissionPolicy } from "#api/types/admissionregistration.k8s.io/v1";
import { done, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { splitApiVersion } from "../framework/served-kinds.ts";
import { enqueueSelf } from "../framework/wiring.ts";
import { type CheckedKind, checkPolicy, namedResources, type ResourceName } from "./check.ts";
import { type GroupVersionKind, type SchemaDocument, typeOf } from "./schemas.ts";

const fieldManager = "validatingadmissionpolicy-status";

export const validatingAdmissionPolicyStatus: Controller = {
  name: "validatingadmissionpolicy-status-controller",
  build(context) {
    const queue = context.queue(fieldManager);
    enqueueSelf(context.informers.informer(resources.validatingadmissionpolicies), queue);
    return { loops: [{ queue, workers: 1, reconcile: (name, signal) => reconcile(context, name, signal) }] };
  },
};

async function reconcile(context: ControllerContext, name: string, signal: AbortSignal): Promise<Outcome> {
  const policy = context.informers.informer(resources.validatingadmissionpolicies).get(name);
  const { generation = 0 } = policy?.metadata ?? {};
  if (!policy || generation <= (policy.status?.observedGeneration ?? 0)) return done;
  const published = new PublishedTypes(context, signal);
  const types = {
    kinds: await published.kindsOf(namedResources(policy)),
    params: await published.paramsOf(policy),
  };
  const warnings = checkPolicy(policy, types);
  const status = {
    observedGeneration: generation,
    typeChecking: warnings.length > 0 ? { expressionWarnings: warnings } : {},
  };
  const { apiVersion, kind, metadata } = policy;
  const applied = { apiVersion, kind, metadata: { name, uid: metadata.uid }, status };
  const options = { type: "apply", subresource: "status", fieldManager, force: true, signal } as const;
  try {
    await context.client.validatingadmissionpolicies.patch({ name }, applied, options);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return done;
}

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string }[];
}

/** What the server says of its types, asked once for each look at a policy. */
class PublishedTypes {
  readonly #context: ControllerContext;
  readonly #signal: AbortSignal;
  readonly #documents = new Map<string, SchemaDocument>();

  constructor(context: ControllerContext, signal: AbortSignal) {
    this.#context = context;
    this.#signal = signal;
  }

  async kindsOf(names: readonly ResourceName[]): Promise<CheckedKind[]> {
    const kinds = new Map<string, CheckedKind>();
    for (const { group, version, resource } of names) {
      const list = await this.#ask<ResourceList>(pathOf(group, version), {});
      const kind = list.resources?.find(({ name }) => name === resource)?.kind;
      if (kind === undefined) continue;
      const named = { group, version, kind };
      const type = await this.#typeOf(named);
      if (type) kinds.set(JSON.stringify(named), { ...named, type });
    }
    return [...kinds.values()];
  }

  async paramsOf({ spec }: Readonly<ValidatingAdmissionPolicy>) {
    const { apiVersion, kind } = spec?.paramKind ?? {};
    return apiVersion && kind ? this.#typeOf({ ...splitApiVersion(apiVersion), kind }) : undefined;
  }

  async #typeOf(kind: GroupVersionKind) {
    const path = `/openapi/v3${pathOf(kind.group, kind.version)}`;
    const document = this.#documents.get(path) ?? (await this.#ask<SchemaDocument>(path, {}));
    this.#documents.set(path, document);
    return typeOf(document, kind);
  }

  #ask<T>(path: string, missing: T): Promise<T> {
    const { client } = this.#context;
    return client.request<T>("GET", path, undefined, { signal: this.#signal }).catch((error: unknown) => {
      if (isNotFound(error)) return missing;
      throw error;
    });
  }
}

const pathOf = (group: string, version: string): string =>
  group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
