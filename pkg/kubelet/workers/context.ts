/** What every pod worker is given. */
import type { Pod, PodStatus } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { CgroupManager } from "../cgroups/manager.ts";
import type { NodeFacts } from "../containers/fields.ts";
import type { ContainerKiller } from "../containers/killer.ts";
import type { ContainerResizer } from "../containers/resizer.ts";
import type { ContainerStarter } from "../containers/starter.ts";
import type { Cri } from "../cri/client.ts";
import type { DeviceRoom } from "../dra/room.ts";
import type { ImagePuller } from "../images/puller.ts";
import type { Paths } from "../paths.ts";
import type { PodEvents } from "../pods/events.ts";
import type { ProbeManager } from "../probes/manager.ts";
import type { RuntimeObserver } from "../runtime/observe.ts";
import type { PodVerdict } from "../status/generate.ts";
import type { StatusSink } from "../status/manager.ts";
import type { VolumeManager } from "../volumes/manager.ts";
import type { KeyedBackoff } from "./backoff.ts";

export interface WorkerContext {
  readonly cri: Cri;
  readonly observer: RuntimeObserver;
  readonly starter: ContainerStarter;
  readonly killer: ContainerKiller;
  readonly resizer: ContainerResizer;
  readonly images: ImagePuller;
  readonly volumes: VolumeManager;
  readonly probes: ProbeManager;
  readonly statuses: StatusSink;
  readonly cgroups: CgroupManager;
  readonly devices: DeviceRoom;
  readonly backoff: KeyedBackoff;
  readonly events: PodEvents;
  readonly paths: Paths;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The node's addresses and allocatable resources, as pods see them. */
  facts(): NodeFacts;
  /** Refuses a pod that this node cannot run; undefined admits it. Asked once, before the pod's first start. */
  admit(pod: Pod): PodVerdict | undefined;
  /** The pod is down and forgotten. */
  gone(uid: string): void;
  /** A status was computed: for /pods. */
  computed(pod: Pod, status: PodStatus): void;
}
