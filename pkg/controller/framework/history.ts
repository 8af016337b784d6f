/** The history of a pod template as ControllerRevisions, which StatefulSets and DaemonSets roll out and undo. */
import type { ControllerRevision } from "#api/types/apps/v1";
import type { PodTemplateSpec } from "#api/types/core/v1";
import { isRawNumber } from "#pkg/apimachinery/codec/index.ts";
import type { LabelSelector } from "#pkg/apimachinery/labels/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { type Informer, isAlreadyExists, isNotFound, type ResourceClient } from "#pkg/client/index.ts";
import { sameJson } from "./equal.ts";
import { hashOf } from "./hash.ts";
import { byController, claim, controllerReference, orphansOf } from "./owners.ts";

/** How often another name is tried when a hash is taken by another template. */
const collisionsMax = 10;

export interface Templated extends KubeObject {
  readonly spec: { readonly template?: PodTemplateSpec; readonly revisionHistoryLimit?: number };
}

export interface HistoryOptions {
  readonly client: ResourceClient<ControllerRevision>;
  readonly cache: Informer<ControllerRevision>;
  /** The label that carries the hash. */
  readonly hashLabel: string;
}

export interface CurrentRevision {
  readonly revision: Readonly<ControllerRevision>;
  readonly collisionCount: number;
}

/**
 * What a revision keeps of its owner: the patch that brings the template back. Clients compare its bytes with those that
 * Go makes of the owner, whose maps are in order.
 */
export const dataOf = (owner: Templated): Record<string, unknown> => ({
  spec: { template: inOrder({ ...owner.spec.template, $patch: "replace" }) },
});

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null || isRawNumber(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, inOrder(member)]));
}

export function templateOf({ data }: Readonly<ControllerRevision>): PodTemplateSpec {
  const { spec } = data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } };
  const { $patch: _, ...template } = spec?.template ?? ({} as PodTemplateSpec & { $patch?: string });
  return template;
}

export const hashLabelOf = ({ metadata }: Readonly<ControllerRevision>, label: string): string =>
  metadata.labels?.[label] ?? "";

/** Oldest first. */
const byRevision = (a: Readonly<ControllerRevision>, b: Readonly<ControllerRevision>): number =>
  Number(a.revision) - Number(b.revision) ||
  (a.metadata.creationTimestamp ?? "").localeCompare(b.metadata.creationTimestamp ?? "") ||
  (a.metadata.name ?? "").localeCompare(b.metadata.name ?? "");

export class History {
  readonly #options: HistoryOptions;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** The owner's revisions, oldest first, after adopting what it selects. */
  async list(
    owner: Readonly<KubeObject>,
    selector: LabelSelector,
    readOwner: () => Promise<KubeObject>,
    signal: AbortSignal,
  ): Promise<Readonly<ControllerRevision>[]> {
    const { cache, client } = this.#options;
    const { namespace = "", uid = "" } = owner.metadata;
    const candidates = [...cache.byIndex(byController, uid), ...cache.byIndex(byController, orphansOf(namespace))];
    const claimed = await claim({ owner, selector, candidates, resource: client, readOwner, signal });
    return claimed.sort(byRevision);
  }

  /** The revision of the owner's present template: the one that says the same, moved to the end of history, or a new one. */
  async current(
    owner: Readonly<Templated>,
    revisions: readonly Readonly<ControllerRevision>[],
    collisionCount: number,
    signal: AbortSignal,
  ): Promise<CurrentRevision> {
    const data = dataOf(owner);
    const next = revisions.reduce((most, { revision }) => Math.max(most, Number(revision)), 0) + 1;
    const same = revisions.findLast((revision) => sameJson(revision.data, data));
    if (same && same === revisions.at(-1)) return { revision: same, collisionCount };
    if (same) {
      const revision = await this.#options.client.update({ ...same, revision: next }, { signal });
      return { revision, collisionCount };
    }
    return this.#create(owner, data, next, collisionCount, signal);
  }

  async #create(
    owner: Readonly<Templated>,
    data: Record<string, unknown>,
    number: number,
    firstCollision: number,
    signal: AbortSignal,
  ): Promise<CurrentRevision> {
    const { namespace = "", name = "", annotations } = owner.metadata;
    const { client, hashLabel } = this.#options;
    for (let collisionCount = firstCollision; ; collisionCount += 1) {
      const hash = hashOf(data, collisionCount);
      const object = {
        metadata: {
          name: `${name}-${hash}`,
          namespace,
          labels: { ...owner.spec.template?.metadata?.labels, [hashLabel]: hash },
          ...(annotations ? { annotations: { ...annotations } } : {}),
          ownerReferences: [controllerReference(owner)],
        },
        data,
        revision: number,
      } as ControllerRevision;
      try {
        return { revision: await client.create(object, { signal }), collisionCount };
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
        const existing = await client.get({ namespace, name: object.metadata.name ?? "" }, { signal });
        if (sameJson(existing.data, data)) return { revision: existing, collisionCount };
        if (collisionCount - firstCollision >= collisionsMax) throw error;
      }
    }
  }

  /** Forgets the oldest revisions that nobody uses, beyond the owner's limit. */
  async truncate(
    owner: Readonly<Templated>,
    revisions: readonly Readonly<ControllerRevision>[],
    isUsed: (revision: Readonly<ControllerRevision>) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const unused = revisions.filter((revision) => !isUsed(revision));
    const surplus = unused.length - (owner.spec.revisionHistoryLimit ?? 10);
    for (const { metadata } of unused.slice(0, Math.max(0, surplus))) {
      const { namespace = "", name = "" } = metadata;
      await this.#options.client.delete({ namespace, name }, { signal }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
  }
}
