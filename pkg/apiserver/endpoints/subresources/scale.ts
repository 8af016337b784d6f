/** `scale`: replicas of anything that has them, as autoscaling/v1.Scale. */

import type { Scale } from "#api/types/autoscaling/v1";
import { decodeObject, encodeObject } from "#pkg/apimachinery/codec/index.ts";
import { cloneJson } from "#pkg/apimachinery/json.ts";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { badRequest, invalidObject, notFound, StatusError } from "#pkg/apimachinery/status-error.ts";
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { SubresourceView } from "../../admission/plugin.ts";
import type { ResourceContext } from "../../context.ts";
import type { ScalePaths } from "../../extensions/custom-resource.ts";
import { bodyBytesMax } from "../../http/body.ts";
import { ensureShape } from "../../negotiation/negotiate.ts";
import { encodeFresh } from "../../negotiation/objects.ts";
import { tableObjectsOf } from "../../negotiation/tables.ts";
import type { ServedResource } from "../../resources/served-resource.ts";
import { objectOf } from "../../write/request.ts";
import { nameMismatch, updateObject } from "../../write/update.ts";
import { applyConfig, parseConfig } from "../apply.ts";
import { readObject } from "../body.ts";
import { askOne } from "../offer.ts";
import { parsePatch, patchKindOf, patchOf } from "../patch.ts";
import { sendBytes } from "../send.ts";
import { parseWriteOptions, writeRequestOf } from "../write-options.ts";
import { printedScale } from "./scale-table.ts";

const scaleKind = { group: "autoscaling", version: "v1", kind: "Scale", type: "autoscaling/v1.Scale" };

interface Scalable extends KubeObject {
  spec?: { replicas?: number; selector?: Record<string, unknown> };
  status?: { replicas?: number };
}

export async function getScale(context: ResourceContext): Promise<void> {
  const { resource, request } = context;
  const stored = await resource.store.get(resource.keyOf(request.namespace, request.name), { kind: "latest" });
  if (!stored) throw notFound(resource.groupResource, request.name);
  ensureReplicas(resource, stored.object);
  sendScale(context, scaleOf(resource, stored.object as Scalable));
}

export async function updateScale(context: ResourceContext): Promise<void> {
  const options = parseWriteOptions(context, "UpdateOptions");
  const sent = (await readObject(context, scaleKind, options.validation)) as Scale & KubeObject;
  const { name } = context.request;
  if (sent.metadata?.name !== name) throw badRequest(nameMismatch(sent.metadata?.name ?? "", name));
  await writeScale(context, () => sent);
}

export async function patchScale(context: ResourceContext): Promise<void> {
  const kind = patchKindOf(context);
  const body = await context.exchange.readBody(bodyBytesMax);
  if (kind === "apply") {
    await applyScale(context, body);
    return;
  }
  const patch = parsePatch(body);
  await writeScale(context, (current) => {
    const patched = encodeObject(patchOf(kind, current, patch, scaleKind.type) as KubeObject);
    return decodeObject(patched, { ...scaleKind, fieldValidation: "Ignore", mediaType: "application/json" })
      .object as Scale & KubeObject;
  });
}

/** Owning the replicas of a Scale is owning those of what it scales. */
async function applyScale(context: ResourceContext, body: Buffer): Promise<void> {
  const options = { ...parseWriteOptions(context, "PatchOptions"), view: viewOf(context.resource) };
  const outcome = await applyConfig(context, options, ({ resource }) => {
    const { metadata, spec } = parseConfig(body) as Scalable;
    const { name, resourceVersion } = metadata ?? {};
    return {
      apiVersion: resource.apiVersion,
      kind: resource.def.kind,
      metadata: { name: name ?? "", ...(resourceVersion === undefined ? {} : { resourceVersion }) },
      ...(spec?.replicas === undefined ? {} : nested(pathsOf(resource).spec, spec.replicas)),
    } as KubeObject;
  });
  sendScale(context, scaleOf(context.resource, objectOf(outcome) as Scalable));
}

async function writeScale(
  context: ResourceContext,
  wanted: (current: Scale & KubeObject) => Scale & KubeObject,
): Promise<void> {
  const options = parseWriteOptions(context, "UpdateOptions");
  const write = writeRequestOf(context, { ...options, view: viewOf(context.resource) });
  const outcome = await updateObject(write, (current) => {
    const object = cloneJson(current) as Scalable;
    const scale = wanted(scaleOf(context.resource, current as Scalable));
    const replicas = scale.spec?.replicas ?? 0;
    if (replicas < 0) {
      throw invalidObject(scaleKind, context.request.name, [
        invalid("spec.replicas", replicas, "must be greater than or equal to 0"),
      ]);
    }
    setMember(object as unknown as Members, pathsOf(context.resource).spec, replicas);
    // Whoever names no version means the latest, of any resource.
    if (scale.metadata?.resourceVersion) object.metadata.resourceVersion = scale.metadata.resourceVersion;
    if (scale.metadata?.uid) object.metadata.uid = scale.metadata.uid;
    return object;
  });
  sendScale(context, scaleOf(context.resource, objectOf(outcome) as Scalable));
}

/** What admission sees of the object. */
function viewOf(resource: ServedResource): SubresourceView {
  return {
    show: (object) => scaleOf(resource, object as Scalable),
    change(object, scale) {
      setMember(
        object as unknown as Members,
        pathsOf(resource).spec,
        (scale as Scale & KubeObject).spec?.replicas ?? 0,
      );
    },
  };
}

function sendScale(context: ResourceContext, scale: Scale & KubeObject): void {
  const asked = askOne(context);
  ensureShape(asked, false, () => "*v1.Scale");
  const rows = tableObjectsOf(context.info.query);
  sendBytes(context, 200, asked.form.contentType, encodeFresh(scale, printedScale(context.resource), asked.form, rows));
}

type Members = Record<string, unknown>;

const usual: ScalePaths = { spec: ["spec", "replicas"], status: ["status", "replicas"], selector: undefined };

const pathsOf = ({ custom }: ServedResource): ScalePaths => custom?.scale ?? usual;

const memberAt = (object: unknown, path: readonly string[]): unknown =>
  path.reduce((value: unknown, name) => (value as Members | undefined)?.[name], object);

function setMember(object: Members, path: readonly string[], value: unknown): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) object[name] = value;
  else {
    object[name] ??= {};
    setMember(object[name] as Members, rest, value);
  }
}

const nested = (path: readonly string[], value: unknown): Members =>
  path.toReversed().reduce<unknown>((inner, name) => ({ [name]: inner }), value) as Members;

/** Throws 500, as upstream does, for a custom resource without the member that its definition names. */
function ensureReplicas(resource: ServedResource, object: Readonly<KubeObject>): void {
  const { spec } = pathsOf(resource);
  if (!resource.isCustom || memberAt(object, spec) !== undefined) return;
  const why = `the spec replicas field ${JSON.stringify(`.${spec.join(".")}`)} does not exist`;
  throw new StatusError("InternalError", `Internal error occurred: ${why}`, {
    details: { causes: [{ message: why }] },
  });
}

function scaleOf(resource: ServedResource, object: Scalable): Scale & KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const kept = { name, namespace, uid, resourceVersion, creationTimestamp };
  const paths = pathsOf(resource);
  const replicas = memberAt(object, paths.spec);
  const custom = paths.selector && memberAt(object, paths.selector);
  const selector = resource.isCustom ? custom : selectorText(object.spec?.selector);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: JSON.parse(JSON.stringify(kept)) as KubeObject["metadata"],
    spec: replicas ? { replicas } : {},
    status: { replicas: memberAt(object, paths.status) ?? 0, ...(selector ? { selector } : {}) },
  } as Scale & KubeObject;
}

/** A replication controller's selector is a plain map. */
function selectorText(selector: Record<string, unknown> | undefined): string {
  if (!selector) return "";
  const structured = "matchLabels" in selector || "matchExpressions" in selector;
  return labelSelectorFrom(structured ? selector : { matchLabels: selector as Record<string, string> }).toString();
}
