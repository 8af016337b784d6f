/** What a pod spec gets when it does not say: the same for pods and for every pod template. */

import type { Container, PodSpec, Probe, ResourceRequirements, Volume } from "#api/types/core/v1";
import { numericValue } from "#pkg/apimachinery/codec/index.ts";
import { aggregateOfContainers } from "../../shared/pod-spec/resources.ts";
import { isHugePages } from "../../shared/resource-names.ts";
import { tagOf } from "./image-reference.ts";

export function defaultPodSpec(spec: PodSpec): void {
  spec.restartPolicy ||= "Always";
  spec.dnsPolicy ||= "ClusterFirst";
  spec.terminationGracePeriodSeconds ??= 30;
  spec.securityContext ??= {};
  spec.schedulerName ||= "default-scheduler";
  defaultServiceAccount(spec);
  for (const list of [spec.initContainers, spec.containers, spec.ephemeralContainers as Container[] | undefined]) {
    for (const container of list ?? []) defaultContainer(container);
  }
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
}

/** Only pods, not templates: what the scheduler and kubelet read from the object itself. After `defaultPodSpec`. */
export function defaultPodOnly(spec: PodSpec): void {
  spec.enableServiceLinks ??= true;
  if (numericValue(spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
  for (const { ports, resources } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    if (spec.hostNetwork) for (const port of ports ?? []) port.hostPort ||= port.containerPort;
    if (resources?.limits) defaultRequests(resources, resources.limits);
  }
  defaultPodRequests(spec);
}

/** A pod with limits of its own asks for what its containers ask for together, and for its limit where none of them asks. */
function defaultPodRequests(spec: PodSpec): void {
  const { limits } = spec.resources ?? {};
  if (!spec.resources || !limits || Object.keys(limits).length === 0) return;
  const ofContainers = aggregateOfContainers(spec, "requests")
    .filter(([name]) => name === "cpu" || name === "memory" || isHugePages(name))
    .map(([name, amount]) => [name, amount.toString()] as const);
  defaultRequests(spec.resources, { ...limits, ...Object.fromEntries(ofContainers) });
}

/** An object that has all its defaults is left alone: it may be one that others see. */
function defaultRequests(resources: ResourceRequirements, defaults: Readonly<Record<string, string>>): void {
  const { requests = {} } = resources;
  const isMissing =
    resources.requests === undefined || Object.keys(defaults).some((name) => !Object.hasOwn(requests, name));
  if (isMissing) resources.requests = { ...defaults, ...requests };
}

/** `serviceAccount` is the old name of `serviceAccountName`; both are always written. */
function defaultServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (!name) return;
  if (spec.serviceAccountName !== name) spec.serviceAccountName = name;
  if (spec.serviceAccount !== name) spec.serviceAccount = name;
}

const pullPolicyOf = (image = ""): "Always" | "IfNotPresent" => (tagOf(image) === "latest" ? "Always" : "IfNotPresent");

function defaultContainer(container: Container): void {
  container.imagePullPolicy ??= pullPolicyOf(container.image);
  container.terminationMessagePath ||= "/dev/termination-log";
  container.terminationMessagePolicy ??= "File";
  for (const port of container.ports ?? []) port.protocol ??= "TCP";
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= "v1";
    if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false;
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) defaultProbe(probe);
  }
  for (const hook of [container.lifecycle?.postStart, container.lifecycle?.preStop]) {
    if (hook?.httpGet) defaultHttpGet(hook.httpGet);
  }
}

function defaultHttpGet(get: { path?: string; scheme?: string }): void {
  get.path ||= "/";
  get.scheme ||= "HTTP";
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.httpGet) defaultHttpGet(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= "";
}

const fileMode = 0o644;

function defaultVolume(volume: Volume): void {
  if (Object.keys(volume).every((key) => key === "name")) volume.emptyDir = {};
  if (volume.hostPath) volume.hostPath.type ??= "";
  if (volume.image) volume.image.pullPolicy ||= pullPolicyOf(volume.image.reference);
  if (volume.secret) volume.secret.defaultMode ??= fileMode;
  if (volume.configMap) volume.configMap.defaultMode ??= fileMode;
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= fileMode;
    for (const item of volume.downwardAPI.items ?? []) if (item.fieldRef) item.fieldRef.apiVersion ||= "v1";
  }
  if (volume.projected) {
    volume.projected.defaultMode ??= fileMode;
    for (const source of volume.projected.sources ?? []) {
      if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
      for (const item of source.downwardAPI?.items ?? []) if (item.fieldRef) item.fieldRef.apiVersion ||= "v1";
    }
  }
  if (volume.ephemeral?.volumeClaimTemplate?.spec)
    volume.ephemeral.volumeClaimTemplate.spec.volumeMode ??= "Filesystem";
  const { iscsi, rbd, azureDisk, scaleIO } = volume;
  if (iscsi) iscsi.iscsiInterface ||= "default";
  if (rbd) {
    rbd.pool ||= "rbd";
    rbd.user ||= "admin";
    rbd.keyring ||= "/etc/ceph/keyring";
  }
  if (azureDisk) azureDisk.readOnly ??= false;
  if (scaleIO) scaleIO.storageMode ||= "ThinProvisioned";
}
