/** The usual ways in which a change of an object puts keys into a queue. */

import type { LabelSelector } from "#pkg/apimachinery/labels/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { Informer, WorkQueue } from "#pkg/client/index.ts";
import { byController, controllerIndex, controllerOf } from "./owners.ts";

/** Every change of the object itself. */
export function enqueueSelf<T extends KubeObject>(informer: Informer<T>, queue: WorkQueue): void {
  const add = (object: Readonly<T>) => queue.add(keyOf(object as T));
  informer.addHandler({ added: add, updated: add, deleted: add });
}

/** Calls with every object that changed, and with its old state where there is one. */
export function onChange<T extends KubeObject>(
  informer: Informer<T>,
  call: (object: Readonly<T>, old: Readonly<T> | undefined) => void,
): void {
  informer.addHandler({
    added: (object) => call(object, undefined),
    updated: (object, old) => call(object, old),
    deleted: (object) => call(object, undefined),
  });
}

export interface OwnedWiring<T extends KubeObject, O extends KubeObject> {
  readonly children: Informer<T>;
  readonly owners: Informer<O>;
  readonly ownerKind: string;
  readonly queue: WorkQueue;
  /** What an owner selects; absent: owners of this kind do not adopt. */
  readonly selectorOf?: (owner: Readonly<O>) => LabelSelector;
  /** Milliseconds after which a changed child wakes its owner; default 0. */
  readonly delayMs?: number;
}

/** A change of a child wakes its controller of that kind; a child of nobody wakes every owner that selects it. */
export function enqueueOwner<T extends KubeObject, O extends KubeObject>(wiring: OwnedWiring<T, O>): void {
  const { children, owners, ownerKind, queue, selectorOf, delayMs = 0 } = wiring;
  children.addIndex(byController, controllerIndex);
  const wake = (child: Readonly<T>) => {
    const owner = controllerOf(child);
    const { namespace = "" } = child.metadata;
    if (owner) {
      const key = namespace ? `${namespace}/${owner.name}` : owner.name;
      if (owner.kind === ownerKind && owners.get(key)?.metadata.uid === owner.uid) queue.addAfter(key, delayMs);
      return;
    }
    if (!selectorOf || child.metadata.deletionTimestamp) return;
    for (const candidate of owners.list(namespace)) {
      const selector = selectorOf(candidate);
      if (!selector.empty && selector.matches(child.metadata.labels)) queue.add(keyOf(candidate as O));
    }
  };
  children.addHandler({
    added: wake,
    deleted: wake,
    updated: (child, old) => {
      if (child === old) return;
      wake(child);
      if (controllerOf(old)?.uid !== controllerOf(child)?.uid) wake(old);
    },
  });
}
