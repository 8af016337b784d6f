/** Whether an update changes what runs in a pod. Pods that are there already may otherwise live on as they are. */
import type { Pod } from "#api/types/core/v1";

interface Image {
  readonly name: string;
  readonly image?: string;
}

type List = readonly Image[] | undefined;

const differs = (next: List, old: List): boolean =>
  (next?.length ?? 0) !== (old?.length ?? 0) || (next ?? []).some(({ image }, i) => image !== old?.[i]?.image);

/** One that is gone is no matter. */
const adds = (next: List, old: List): boolean =>
  (next ?? []).some(({ name, image }) => !old?.some((one) => one.name === name && one.image === image));

export const isSignificant = ({ spec: next }: Pod, { spec: old }: Readonly<Pod>): boolean =>
  differs(next.containers, old.containers) ||
  differs(next.initContainers, old.initContainers) ||
  adds(next.ephemeralContainers, old.ephemeralContainers);
