/** Which run of a container the log of is asked for, from the pod's status. */
import type { ContainerStatus, PodStatus } from "#api/types/core/v1";
import { HttpError } from "./host.ts";

export interface LogQuestion {
  readonly podName: string;
  readonly container: string;
  readonly previous: boolean;
}

/** The runtime's id of the run. Throws 400 in the words that clients print. */
export function loggedRun(status: PodStatus, { podName, container, previous }: LogQuestion): string {
  const subject = `container ${JSON.stringify(container)} in pod ${JSON.stringify(podName)}`;
  const found = statusOf(status, container);
  if (!found) throw new HttpError(400, `${subject} is not available`);
  const { state = {}, lastState = {} } = found;
  const last = idOf(lastState.terminated?.containerID);
  if (previous) {
    if (last === "") throw new HttpError(400, `previous terminated ${subject} not found`);
    return last;
  }
  if (state.running) return idOf(found.containerID);
  const ended = state.terminated ?? lastState.terminated;
  if (ended) {
    const id = idOf(state.terminated?.containerID) || last;
    if (id === "") throw new HttpError(400, `${subject} is terminated`);
    return id;
  }
  throw new HttpError(400, `${subject} is waiting to start${whyWaiting(state.waiting?.reason)}`);
}

const statusOf = (status: PodStatus, name: string): ContainerStatus | undefined =>
  [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ].find((one) => one.name === name);

/** `containerd://<id>`. */
const idOf = (text: string | undefined): string => text?.slice(text.indexOf("://") + 3) ?? "";

function whyWaiting(reason: string | undefined): string {
  if (reason === undefined) return " - no logs yet";
  if (reason === "ErrImagePull") return ": image can't be pulled";
  if (reason === "ImagePullBackOff") return ": trying and failing to pull image";
  return `: ${reason}`;
}
