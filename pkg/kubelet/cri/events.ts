/**
 * Tells at once when a container starts or exits: by CRI's GetContainerEvents where the runtime has it, else by
 * containerd's own event service on the same socket. What is missed while disconnected, a relist finds.
 */
import {
  type ContainerEventResponse,
  containerdEvents,
  cri,
  type Envelope,
  type GetEventsRequest,
  type SubscribeRequest,
  type TaskExit,
} from "#api/cri/index.ts";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { GrpcConnection } from "./connection.ts";
import { CriError, isUnimplemented } from "./errors.ts";

export interface RuntimeEvent {
  readonly kind: "started" | "exited" | "oom" | "changed";
  /** The container or the sandbox. */
  readonly id: string;
}

export interface EventSourceOptions {
  readonly connection: GrpcConnection;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  onEvent(event: RuntimeEvent): void;
  /** The stream was (re)opened: events may have been missed before. */
  onOpen(): void;
}

const reopenDelayMs = 500;

/** Runs until the signal; never throws. */
export async function followRuntimeEvents(options: EventSourceOptions): Promise<void> {
  const { signal, clock, log } = options;
  let source = followCri;
  while (!signal.aborted) {
    try {
      await source(options);
    } catch (error) {
      if (isUnimplemented(error)) {
        source = source === followCri ? followContainerd : relistOnly;
        continue;
      }
      log.warn({ err: CriError.from(error).message }, "the stream of runtime events broke");
    }
    await clock.sleep(reopenDelayMs, signal).catch(() => undefined);
  }
}

async function followCri({ connection, signal, onEvent, onOpen }: EventSourceOptions): Promise<void> {
  const stream = connection.serverStream<GetEventsRequest, ContainerEventResponse>(
    cri,
    "RuntimeService",
    "GetContainerEvents",
    {},
    { timeoutMs: Infinity, signal },
  );
  onOpen();
  const kinds = ["changed", "started", "exited", "changed"] as const;
  for await (const event of stream)
    onEvent({ kind: kinds[event.containerEventType] ?? "changed", id: event.containerId });
}

const topics = ['topic=="/tasks/start"', 'topic=="/tasks/exit"', 'topic=="/tasks/oom"'];

async function followContainerd({ connection, signal, onEvent, onOpen }: EventSourceOptions): Promise<void> {
  const stream = connection.serverStream<SubscribeRequest, Envelope>(
    containerdEvents,
    "Events",
    "Subscribe",
    { filters: topics.map((topic) => `${topic},namespace==k8s.io`) },
    { timeoutMs: Infinity, signal, headers: { "containerd-namespace": "k8s.io" } },
  );
  onOpen();
  for await (const envelope of stream) {
    const event = parseEnvelope(envelope);
    if (event) onEvent(event);
  }
}

function parseEnvelope({ topic, event }: Envelope): RuntimeEvent | undefined {
  if (!event) return undefined;
  if (topic === "/tasks/exit") {
    const exit = containerdEvents.codec.decode("TaskExit", event.value) as TaskExit;
    // An exec inside the container has its own id: not the container's end.
    return exit.id === exit.containerId || exit.id === "" ? { kind: "exited", id: exit.containerId } : undefined;
  }
  const { containerId } = containerdEvents.codec.decode("TaskStart", event.value) as { containerId: string };
  return { kind: topic === "/tasks/oom" ? "oom" : "started", id: containerId };
}

/** A runtime without any event stream: the relist's cadence has to do. */
async function relistOnly({ signal, log }: EventSourceOptions): Promise<void> {
  log.warn("the container runtime offers no events; changes are seen by relisting");
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
