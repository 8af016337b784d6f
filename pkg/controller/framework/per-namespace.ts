/** Controllers that keep one object of a fixed name in every active namespace. */
import { resources } from "#api/gen/resources.ts";
import type { Namespace } from "#api/types/core/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { done, type Informer, isAlreadyExists, isNamespaceTerminating, isNotFound } from "#pkg/client/index.ts";
import type { BuiltController, ControllerContext } from "./controller.ts";

export interface PerNamespace<T extends KubeObject> {
  /** Queue name, for metrics. */
  readonly queue: string;
  readonly kept: Informer<T>;
  readonly keptName: string;
  /** Whether the object found is as it should be. */
  isRight(found: Readonly<T>): boolean;
  create(namespace: string, signal: AbortSignal): Promise<unknown>;
  update(found: Readonly<T>, signal: AbortSignal): Promise<unknown>;
}

const isActive = (namespace: Readonly<Namespace>) =>
  namespace.status?.phase !== "Terminating" && !namespace.metadata.deletionTimestamp;

export function keepInEveryNamespace<T extends KubeObject>(
  context: ControllerContext,
  keeper: PerNamespace<T>,
): BuiltController {
  const queue = context.queue(keeper.queue);
  const namespaces = context.informers.informer(resources.namespaces);
  const wake = (namespace: Readonly<Namespace>) => {
    if (isActive(namespace)) queue.add(namespace.metadata.name!);
  };
  namespaces.addHandler({ added: wake, updated: wake });
  const wakeOwn = (object: Readonly<T>) => {
    if (object.metadata.name === keeper.keptName) queue.add(object.metadata.namespace!);
  };
  keeper.kept.addHandler({ updated: wakeOwn, deleted: wakeOwn });
  return {
    loops: [
      {
        queue,
        workers: 2,
        async reconcile(name, signal) {
          const namespace = namespaces.get(name);
          if (!namespace || !isActive(namespace)) return done;
          const found = keeper.kept.get(`${name}/${keeper.keptName}`);
          if (found && keeper.isRight(found)) return done;
          try {
            await (found ? keeper.update(found, signal) : keeper.create(name, signal));
          } catch (error) {
            if (!isAlreadyExists(error) && !isNamespaceTerminating(error) && !isNotFound(error)) throw error;
          }
          return done;
        },
      },
    ],
  };
}
