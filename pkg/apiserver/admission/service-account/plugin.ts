/** Every pod runs as a service account, with a token for the API mounted unless it opts out. */
import { resources } from "#api/gen/resources.ts";
import type { Pod, ServiceAccount } from "#api/types/core/v1";
import { badRequest, type StatusError } from "#pkg/apimachinery/status-error.ts";
import { pathSegmentErrors } from "#pkg/registry/shared/names.ts";
import { type AdmissionPluginFactory, type AdmissionRequest, isResource } from "../plugin.ts";
import { refusal } from "../refusal.ts";
import { mountToken } from "./token-volume.ts";

const mirrorAnnotation = "kubernetes.io/config.mirror";
const defaultName = "default";

export const serviceAccount: AdmissionPluginFactory = ({ reader }) => ({
  name: "ServiceAccount",
  handles: (request) => request.operation === "CREATE" && isResource(request, "", "pods"),
  async admit(request) {
    const pod = request.object as Pod;
    const spec = pod.spec;
    if (!spec) return;
    if (isMirror(pod)) {
      refuseMirrorSecrets(request, pod);
      return;
    }
    const name = spec.serviceAccountName || defaultName;
    spec.serviceAccountName = name;
    spec.serviceAccount = name;
    const cached = await reader.get(resources.serviceaccounts, request.namespace, name);
    const account = cached ?? (await reader.getLatest(resources.serviceaccounts, request.namespace, name));
    if (!account) throw missing(request, name);
    if (shouldMount(pod, account as ServiceAccount)) mountToken(spec);
    if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
      spec.imagePullSecrets = account.imagePullSecrets.map(({ name: secret }) => (secret ? { name: secret } : {}));
    }
  },
});

const isMirror = (pod: Pod): boolean => Object.hasOwn(pod.metadata?.annotations ?? {}, mirrorAnnotation);

function missing(request: AdmissionRequest, account: string): StatusError {
  const errors = pathSegmentErrors(account);
  const cause =
    errors.length > 0
      ? `invalid resource name ${JSON.stringify(account)}: [${errors.join(" ")}]`
      : `serviceaccount ${JSON.stringify(account)} not found`;
  return refusal(request, `error looking up service account ${request.namespace}/${account}: ${cause}`);
}

/** A mirror pod shows what a kubelet runs by itself; it must not reach into the API. */
function refuseMirrorSecrets(request: AdmissionRequest, pod: Pod): void {
  const refuse = (why: string) => refusal(request, why);
  if (pod.spec?.serviceAccountName) throw refuse("a mirror pod may not reference service accounts");
  const volumes = pod.spec?.volumes ?? [];
  if (volumes.some((v) => v.secret)) throw refuse("a mirror pod may not reference secrets");
  if (volumes.some((v) => v.projected?.sources?.some((s) => s.serviceAccountToken))) {
    throw badRequest("a mirror pod may not use ServiceAccountToken volume projections");
  }
}

function shouldMount(pod: Pod, account: ServiceAccount): boolean {
  return pod.spec?.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
}
