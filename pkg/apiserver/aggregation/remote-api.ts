/** A group version that another server serves, as its APIService says. */
import type { APIService } from "#api/types/apiregistration.k8s.io/v1";
import type { ServiceReference } from "../webhook/index.ts";

export interface RemoteApi {
  /** `v1alpha1.wardle.example.com` */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: ServiceReference;
  /** PEM in base64; empty: what this machine trusts. */
  readonly caBundle: string;
  readonly insecure: boolean;
  readonly groupPriority: number;
  readonly versionPriority: number;
  /** As its condition says: requests are passed on only then. */
  readonly available: boolean;
}

const portDefault = 443;

/** Undefined: this server serves it itself. */
export function parseRemoteApi({ metadata, spec = {} as never, status }: Readonly<APIService>): RemoteApi | undefined {
  const { service } = spec;
  if (!service) return undefined;
  return {
    name: metadata.name ?? "",
    group: spec.group ?? "",
    version: spec.version ?? "",
    service: { namespace: service.namespace ?? "", name: service.name ?? "", port: service.port ?? portDefault },
    caBundle: spec.caBundle ?? "",
    insecure: spec.insecureSkipTLSVerify ?? false,
    groupPriority: spec.groupPriorityMinimum,
    versionPriority: spec.versionPriority,
    available: status?.conditions?.some((one) => one.type === "Available" && one.status === "True") ?? false,
  };
}
