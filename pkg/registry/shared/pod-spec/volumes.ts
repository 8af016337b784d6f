/** Rules on the volumes of a pod: one source each, names that are unique, and what containers may mount. */
import type { PodSpec, Volume } from "#api/types/core/v1";
import type { ObjectMeta } from "#api/types/meta/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { duplicate, type FieldError, forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { claimTemplate } from "../claim-spec.ts";
import { type Findings, filled, requiredOneOf } from "../findings.ts";
import { dnsLabel } from "../name-forms.ts";
import { subdomainErrors } from "../names.ts";
import { configMap, downwardApi, projected, secret } from "./projections.ts";
import {
  azureDisk,
  cinder,
  csi,
  fc,
  flexVolume,
  flocker,
  gitRepo,
  hostPath,
  iscsi,
  moreThanOne,
  needs,
  nfs,
  partitioned,
  quobyte,
  storageos,
} from "./volume-sources.ts";

export interface VolumeContext {
  /** The pod's metadata; undefined in templates. */
  readonly meta: ObjectMeta | undefined;
}

interface SourceRule {
  readonly field: Exclude<keyof Volume, "name">;
  /** Where more than one source is reported, when upstream calls it something else. */
  readonly refusedAs?: string;
  /** Where the rules report, when upstream calls it something else. */
  readonly shownAs?: string;
  readonly rule: (path: string, source: never, context: VolumeContext & { readonly name: string }) => Findings;
}

/** In the order in which upstream looks at them: the first source is the volume's, the others are too many. */
const sources: readonly SourceRule[] = [
  { field: "emptyDir", rule: emptyDir },
  { field: "hostPath", rule: hostPath },
  { field: "gitRepo", rule: gitRepo },
  { field: "gcePersistentDisk", shownAs: "persistentDisk", rule: partitioned("pdName") },
  { field: "awsElasticBlockStore", rule: partitioned("volumeID") },
  { field: "secret", rule: secret },
  { field: "nfs", rule: nfs },
  { field: "iscsi", rule: iscsi },
  { field: "glusterfs", rule: needs("endpoints", "path") },
  { field: "flocker", rule: flocker },
  { field: "persistentVolumeClaim", rule: needs("claimName") },
  { field: "rbd", rule: needs("monitors", "image") },
  { field: "cinder", rule: cinder },
  { field: "cephfs", refusedAs: "cephFS", rule: needs("monitors") },
  { field: "quobyte", rule: quobyte },
  { field: "downwardAPI", refusedAs: "downwarAPI", rule: downwardApi },
  { field: "fc", rule: fc },
  { field: "flexVolume", rule: flexVolume },
  { field: "configMap", rule: configMap },
  { field: "azureFile", rule: needs("secretName", "shareName") },
  { field: "vsphereVolume", rule: needs("volumePath") },
  { field: "photonPersistentDisk", rule: needs("pdID") },
  { field: "portworxVolume", rule: needs("volumeID") },
  { field: "azureDisk", rule: azureDisk },
  { field: "storageos", rule: storageos },
  { field: "projected", rule: projected },
  { field: "scaleIO", rule: needs("gateway", "system", "volumeName") },
  { field: "csi", rule: csi },
  { field: "ephemeral", rule: ephemeral },
  { field: "image", rule: image },
];

const isSet = (source: unknown): boolean => source !== undefined && source !== null;

function* source(path: string, volume: Volume, context: VolumeContext): Findings {
  let found = false;
  for (const { field, refusedAs, shownAs, rule } of sources) {
    const of = volume[field];
    if (!isSet(of)) continue;
    if (found) yield moreThanOne(`${path}.${refusedAs ?? field}`);
    else yield* rule(`${path}.${shownAs ?? field}`, of as never, { ...context, name: volume.name ?? "" });
    if (!found && field === "iscsi") yield* shortIscsiName(path, volume);
    if (!found && field === "ephemeral") yield* claimOfPod(path, volume.name ?? "", context);
    found = true;
  }
  if (!found) yield required(path, "must specify a volume type");
}

function* emptyDir(path: string, { sizeLimit }: { sizeLimit?: string }): Findings {
  if (sizeLimit !== undefined && parseQuantity(sizeLimit).sign < 0) {
    yield forbidden(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity");
  }
}

const iscsiNameMax = 64;

function* shortIscsiName(path: string, { name, iscsi: of }: Volume): Findings {
  if (of?.initiatorName === undefined || `${name}:${of.targetPortal}`.length <= iscsiNameMax) return;
  const text =
    "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
  yield invalid(`${path}.name`, name, text);
}

function* ephemeral(path: string, of: NonNullable<Volume["ephemeral"]>): Findings {
  const { volumeClaimTemplate } = of;
  if (!volumeClaimTemplate) yield required(`${path}.volumeClaimTemplate`);
  else yield* claimTemplate(`${path}.volumeClaimTemplate`, volumeClaimTemplate);
}

/** The claim of an ephemeral volume is named after pod and volume. */
function* claimOfPod(path: string, name: string, { meta }: VolumeContext): Findings {
  if (!meta?.name || !name) return;
  const claim = `${meta.name}-${name}`;
  for (const text of subdomainErrors(claim)) {
    yield invalid(`${path}.name`, name, `PVC name ${JSON.stringify(claim)}: ${text}`);
  }
}

function* image(path: string, of: NonNullable<Volume["image"]>, { meta }: VolumeContext): Findings {
  if (meta) yield* filled(`${path}.reference`, of.reference);
  yield* requiredOneOf(`${path}.pullPolicy`, of.pullPolicy, ["Always", "IfNotPresent", "Never"]);
}

/** The volumes without findings, by name: what containers may refer to. Findings go to `out`. */
export function checkVolumes(
  path: string,
  spec: PodSpec,
  context: VolumeContext,
  out: FieldError[],
): Map<string, Volume> {
  const good = new Map<string, Volume>();
  const { meta } = context;
  const made = new Set(
    (spec.volumes ?? []).filter((v) => v?.ephemeral && meta?.name).map((v) => `${meta?.name}-${v.name}`),
  );
  for (const [at, volume] of (spec.volumes ?? []).entries()) {
    const here = `${path}[${at}]`;
    const findings = [...oneVolume(here, volume ?? { name: "" }, context, good)];
    out.push(...findings);
    if (findings.length === 0) good.set(volume.name, volume);
    const claim = volume?.persistentVolumeClaim?.claimName;
    if (claim && made.has(claim)) {
      const text = "must not reference a PVC that gets created for an ephemeral volume";
      out.push(invalid(`${here}.persistentVolumeClaim.claimName`, claim, text));
    }
  }
  return good;
}

function* oneVolume(
  path: string,
  volume: Volume,
  context: VolumeContext,
  before: ReadonlyMap<string, Volume>,
): Findings {
  yield* source(path, volume, context);
  if (!volume.name) yield required(`${path}.name`);
  else yield* dnsLabel(`${path}.name`, volume.name);
  if (before.has(volume.name)) yield duplicate(`${path}.name`, volume.name);
}
