/** Rules on configuration that kubelets once took from config maps. The field does nothing any more. */
import type { ConfigMapNodeConfigSource, NodeConfigSource, NodeConfigStatus } from "#api/types/core/v1";
import { forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, filled, say } from "../../shared/findings.ts";
import { configKeyErrors, dnsLabel, dnsSubdomain } from "../../shared/name-forms.ts";

type Source = NodeConfigSource | undefined;

/** What is wanted: the config map by name, whatever its version. */
export function* configSource(path: string, source: Source): Findings {
  if (!source) return;
  const { configMap } = source;
  if (!configMap) {
    yield noReference(path);
    return;
  }
  const here = `${path}.configMap`;
  if (configMap.uid) yield forbidden(`${here}.uid`, "uid must not be set in spec");
  if (configMap.resourceVersion) yield forbidden(`${here}.resourceVersion`, "resourceVersion must not be set in spec");
  yield* reference(here, configMap);
}

/** What is used: a config map in one of its versions. */
export function* configStatus(path: string, status: NodeConfigStatus | undefined): Findings {
  for (const use of ["assigned", "active", "lastKnownGood"] as const) {
    if (status?.[use]) yield* usedSource(`${path}.${use}`, status[use]);
  }
}

function* usedSource(path: string, { configMap }: NodeConfigSource): Findings {
  if (!configMap) {
    yield noReference(path);
    return;
  }
  yield* filled(`${path}.configMap.uid`, configMap.uid);
  yield* filled(`${path}.configMap.resourceVersion`, configMap.resourceVersion);
  yield* reference(`${path}.configMap`, configMap);
}

const noReference = (path: string) =>
  invalid(path, { ConfigMap: null }, "exactly one reference subfield must be non-nil");

function* reference(path: string, { namespace, name, kubeletConfigKey: key }: ConfigMapNodeConfigSource): Findings {
  if (!namespace) yield required(`${path}.namespace`);
  else yield* dnsLabel(`${path}.namespace`, namespace);
  if (!name) yield required(`${path}.name`);
  else yield* dnsSubdomain(`${path}.name`, name);
  if (!key) yield required(`${path}.kubeletConfigKey`);
  else yield* say(`${path}.kubeletConfigKey`, key, configKeyErrors(key));
}
