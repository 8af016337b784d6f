/** The query parameters of a write. */
import type { FieldValidation } from "#pkg/apimachinery/codec/index.ts";
import { invalidObject } from "#pkg/apimachinery/status-error.ts";
import {
  type FieldError,
  forbidden,
  notSupported,
  required,
  tooLong,
} from "#pkg/apimachinery/validation/field-error.ts";
import type { SubresourceView } from "../admission/plugin.ts";
import type { ResourceContext } from "../context.ts";
import type { WriteRequest } from "../write/request.ts";

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly manager: string;
  readonly validation: FieldValidation;
  /** How the endpoint shows the object, where that is another kind. */
  readonly view?: SubresourceView;
}

/** `kind` names the options in error texts: CreateOptions, UpdateOptions, PatchOptions. Throws 422. */
export function parseWriteOptions(context: ResourceContext, kind: string): WriteOptions {
  const { query } = context.info;
  const manager = query.get("fieldManager") ?? "";
  const errors = kind === "PatchOptions" ? patchErrors(context, manager) : [];
  errors.push(...managerErrors(manager));
  const dryRuns = query.getAll("dryRun");
  if (dryRuns.some((v) => v !== "All")) errors.push(notSupported("dryRun", dryRuns, ["All"]));
  const validation = query.get("fieldValidation") || "Warn";
  if (validation !== "Strict" && validation !== "Warn" && validation !== "Ignore") {
    errors.push(notSupported("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"]));
  }
  if (errors.length > 0) throw invalidObject({ group: "meta.k8s.io", kind }, "", errors);
  return {
    dryRun: dryRuns.length > 0,
    manager: manager || managerOf(context),
    validation: validation as FieldValidation,
  };
}

const managerBytesMax = 128;

/** An applier has a name, and only an applier takes what others own. */
function patchErrors(context: ResourceContext, manager: string): FieldError[] {
  if (isApply(context)) return manager === "" ? [required("fieldManager", "is required for apply patch")] : [];
  return context.info.query.has("force") ? [forbidden("force", "may not be specified for non-apply patch")] : [];
}

const printable = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

function managerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > managerBytesMax) errors.push(tooLong("fieldManager", managerBytesMax));
  let at = 0;
  for (const character of manager) {
    if (!printable.test(character)) errors.push(unprintable(manager, character, at));
    at += Buffer.byteLength(character);
  }
  return errors;
}

function unprintable(manager: string, character: string, at: number): FieldError {
  const quoted = JSON.stringify(manager).replace(/\\u00([0-9a-f]{2})/g, "\\x$1");
  const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const detail = `Invalid value: ${quoted}: invalid character U+${point} (at position ${at})`;
  return { reason: "FieldValueInvalid", field: "fieldManager", detail };
}

const isApply = ({ exchange }: ResourceContext): boolean =>
  (exchange.header("content-type") ?? "").startsWith("application/apply-patch");

/** Clients that name no manager are known by the first word of their user agent. */
function managerOf({ exchange }: ResourceContext): string {
  const agent = exchange.header("user-agent") ?? "";
  const name = agent.split("/", 1)[0] ?? "";
  return name.slice(0, 128) || "unknown";
}

type Chosen = Pick<WriteOptions, "dryRun" | "view"> & Partial<Pick<WriteOptions, "manager">>;

export function writeRequestOf(context: ResourceContext, options: Chosen): WriteRequest {
  const { services, resource, request, user, warnings } = context;
  return {
    services,
    resource,
    user,
    subresource: request.subresource,
    namespace: request.namespace,
    name: request.verb === "create" && request.subresource === "" ? "" : request.name,
    dryRun: options.dryRun,
    manager: options.manager,
    ...(options.view ? { view: options.view } : {}),
    options: () => sentOptions(context),
    client: () => context.exchange.signal,
    warn: (text) => void warnings.push(text),
  };
}

function sentOptions({ info: { query } }: ResourceContext): Record<string, unknown> {
  const dryRun = query.getAll("dryRun").filter((v) => v !== "");
  const text = (name: string) => (query.get(name) ? { [name]: query.get(name) } : {});
  return {
    ...(dryRun.length > 0 ? { dryRun } : {}),
    ...text("fieldManager"),
    ...text("fieldValidation"),
  };
}
