/** Which form of an answer the client asks for, from its Accept header. */
import { StatusError } from "#pkg/apimachinery/status-error.ts";

export type Format = "json" | "yaml" | "protobuf";
/** `metadata`: PartialObjectMetadata; `table`: what kubectl prints. */
export type View = "object" | "table" | "metadata";

export interface Representation {
  readonly format: Format;
  readonly view: View;
  /** Of tables and metadata: `meta.k8s.io/v1`, or its older form. */
  readonly viewVersion: string;
  /** Names the pair, for frames shared among clients. */
  readonly key: string;
  readonly contentType: string;
}

const contentTypes: Record<Format, string> = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
};

const formats: Record<string, Format> = {
  "*/*": "json",
  "application/json": "json",
  "application/yaml": "yaml",
  "application/vnd.kubernetes.protobuf": "protobuf",
};

const table = new Map<string, Representation>();
for (const format of ["json", "yaml", "protobuf"] as const) {
  for (const view of ["object", "table", "metadata"] as const) {
    for (const version of ["v1", "v1beta1"]) {
      const key = keyOf(format, view, version);
      const viewVersion = `meta.k8s.io/${version}`;
      table.set(key, { format, view, viewVersion, key, contentType: contentTypes[format] });
    }
  }
}

function keyOf(format: Format, view: View, version: string): string {
  return version === "v1" ? `${format}/${view}` : `${format}/${view}/${version}`;
}

export const representation = (format: Format, view: View, version = "v1"): Representation =>
  table.get(keyOf(format, view, version)) as Representation;

export const plainJson = representation("json", "object");

export interface Offer {
  /** Custom resources have no protobuf form. */
  readonly protobuf: boolean;
  /** Tables and partial metadata, on get, list and watch. */
  readonly views: boolean;
  /** What is asked for, where not every view goes with it. */
  readonly shape?: "one" | "list" | "stream";
  /** Go's name of the type, for refusals: `*core.ConfigMapList`. */
  readonly goType?: () => string;
}

/** Accept headers repeat: a few strings cover all clients of a cluster. */
const parsed = new Map<string, readonly Clause[]>();
const parsedMax = 256;

interface Clause {
  readonly format: Format | undefined;
  readonly as: string;
  readonly group: string;
  readonly version: string;
  readonly pretty: boolean;
}

/** The first clause that can be met. Throws 406 when none can. */
export function negotiate(accept: string | undefined, offer: Offer): Representation {
  if (accept === undefined || accept === "" || accept === "application/json" || accept === "*/*") return plainJson;
  const clauses = clausesOf(accept);
  if (!clauses.some(({ format }) => format && (format !== "protobuf" || offer.protobuf))) throw notProduced(offer);
  for (const { format, as, group, version } of clauses) {
    if (!format || (format === "protobuf" && !offer.protobuf)) continue;
    // Its documents have no end that a reader of a stream could find.
    if (format === "yaml" && offer.shape === "stream") continue;
    if (as === "") return representation(format, "object");
    const view = offer.views ? viewOf(as, group, version) : undefined;
    if (!view) continue;
    ensureShape(as, offer);
    return representation(format, view, version);
  }
  const accepted = offer.shape === "stream" ? streamed(offer.protobuf) : offered(offer.protobuf);
  throw new StatusError("NotAcceptable", `only the following media types are accepted: ${accepted}`);
}

/** None of the types that the route produces, whatever their parameters. */
function notProduced({ protobuf, shape }: Offer): StatusError {
  const streams = shape === "list" || shape === "stream" ? `, ${streamed(protobuf)}` : "";
  const text = `406: Not Acceptable\n\nAvailable representations: ${offered(protobuf)}${streams}`;
  return new StatusError("NotAcceptable", text, { details: {} });
}

const streamed = (protobuf: boolean): string =>
  `application/json;stream=watch${protobuf ? ", application/vnd.kubernetes.protobuf;stream=watch" : ""}`;

function ensureShape(as: string, { shape, goType }: Offer): void {
  if (shape === "list" && as === "PartialObjectMetadata") {
    const text = `you requested PartialObjectMetadata, but the requested object is a list (${goType?.()})`;
    throw new StatusError("NotAcceptable", text);
  }
  if (shape === "one" && as === "PartialObjectMetadataList") {
    const text = `you requested PartialObjectMetadataList, but the requested object is not a list (${goType?.()})`;
    throw new StatusError("NotAcceptable", text);
  }
}

export function unsupportedMediaType(protobuf: boolean): StatusError {
  return new StatusError(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${offered(protobuf)}`,
  );
}

const offered = (protobuf: boolean): string =>
  `application/json, application/yaml${protobuf ? ", application/vnd.kubernetes.protobuf" : ""}`;

function viewOf(as: string, group: string, version: string): View | undefined {
  if (group !== "meta.k8s.io" || (version !== "v1" && version !== "v1beta1")) return undefined;
  if (as === "Table") return "table";
  return as === "PartialObjectMetadata" || as === "PartialObjectMetadataList" ? "metadata" : undefined;
}

function clausesOf(accept: string): readonly Clause[] {
  let clauses = parsed.get(accept);
  if (!clauses) {
    clauses = parseAccept(accept);
    if (parsed.size >= parsedMax) parsed.clear();
    parsed.set(accept, clauses);
  }
  return clauses;
}

function parseAccept(accept: string): Clause[] {
  const weighted = accept.split(",").map((text) => {
    const [type = "", ...parameters] = text.split(";").map((p) => p.trim());
    const values = new Map(parameters.map((p) => splitOnce(p)));
    const clause: Clause = {
      format: formats[type.toLowerCase()],
      as: values.get("as") ?? "",
      group: values.get("g") ?? "",
      version: values.get("v") ?? "",
      pretty: values.get("pretty") === "1",
    };
    return { clause, weight: Number(values.get("q") ?? 1) };
  });
  return weighted
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ clause }) => clause);
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

export type BodyType = "json" | "yaml" | "protobuf";

/** The format of a request body. Throws 415. */
export function bodyTypeOf(contentType: string | undefined, protobuf: boolean): BodyType {
  if (contentType === undefined || contentType === "" || contentType === "application/json") return "json";
  const type = (contentType.split(";", 1)[0] as string).trim().toLowerCase();
  const format = type.includes("*") ? undefined : formats[type];
  if (!format || (format === "protobuf" && !protobuf)) throw unsupportedMediaType(protobuf);
  return format;
}
