/** Events about pods and their containers. */
import type { Node, Pod } from "#api/types/core/v1";
import type { EventRecorder } from "#pkg/client/index.ts";
import { fieldPathOf, type KindedContainer, nameOf, namespaceOf, uidOf } from "./pod.ts";

export interface PodEvents {
  pod(
    pod: Pod,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
    annotations?: Readonly<Record<string, string>>,
  ): void;
  container(pod: Pod, container: KindedContainer, type: "Normal" | "Warning", reason: string, message: string): void;
  node(node: Pick<Node, "metadata">, type: "Normal" | "Warning", reason: string, message: string): void;
}

/** Messages of runtimes can be long; the API takes 1024 bytes. */
const messageMax = 1000;

export function podEvents(recorder: Pick<EventRecorder, "record">): PodEvents {
  const about = (pod: Pod) => ({
    apiVersion: "v1",
    kind: "Pod",
    namespace: namespaceOf(pod),
    name: nameOf(pod),
    uid: uidOf(pod),
    ...(pod.metadata.resourceVersion ? { resourceVersion: pod.metadata.resourceVersion } : {}),
  });
  return {
    pod: (pod, type, reason, message, annotations = {}) =>
      recorder.record(about(pod), {
        type,
        reason,
        message: message.slice(0, messageMax),
        ...(Object.keys(annotations).length > 0 ? { annotations: { ...annotations } } : {}),
      }),
    container: (pod, { container, kind }, type, reason, message) =>
      recorder.record(about(pod), {
        type,
        reason,
        message: message.slice(0, messageMax),
        fieldPath: fieldPathOf(kind, container.name),
      }),
    // The kubelet names its node by name, also where the uid belongs: upstream does, and tools search by it.
    node: ({ metadata: { name = "" } }, type, reason, message) =>
      recorder.record({ kind: "Node", name, uid: name }, { type, reason, message }),
  };
}

/** For a kubelet without an API server. */
export const silentEvents: PodEvents = { pod() {}, container() {}, node() {} };
