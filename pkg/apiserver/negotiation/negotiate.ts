/** Which form of an answer the client asks for, by its Accept header. */
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { type Clause, clausesOf, namesOneOf } from "./accept.ts";
import {
  contentTypes,
  type Format,
  formats,
  plainJson,
  type Representation,
  representation,
  type View,
} from "./representation.ts";

/** What a path answers with. */
export interface Offer {
  /** Upstream's router of built-in resources looks at the types first, and only knows them by their whole names. */
  readonly routed: boolean;
  /** Objects of custom resources have no protobuf form, other views of them have. */
  readonly protobufObjects: boolean;
  /** Beside the object itself. */
  readonly views: readonly View[];
  /** A collection: the same path streams events. */
  readonly listed?: boolean;
  /** Events, one after the other. */
  readonly stream?: boolean;
}

/** What negotiation found, and in which words the client asked. */
export interface Asked {
  readonly form: Representation;
  /** `PartialObjectMetadataList`; empty for the object itself. */
  readonly as: string;
}

const plain: Asked = { form: plainJson, as: "" };

/** The first alternative that can be met. Throws 406 when none can. */
export function ask(accept: string | undefined, offer: Offer): Asked {
  if (accept === undefined || accept === "" || accept === "application/json" || accept === "*/*") return plain;
  let met = asked.get(offer);
  if (!met) {
    met = new Map();
    asked.set(offer, met);
  }
  let found = met.get(accept);
  if (!found) {
    found = decide(accept, offer);
    if (met.size >= askedMax) met.clear();
    met.set(accept, found);
  }
  return found;
}

/** Accept headers repeat: a few strings cover all clients of a cluster. What is refused is not kept. */
const asked = new WeakMap<Offer, Map<string, Asked>>();
const askedMax = 256;

function decide(accept: string, offer: Offer): Asked {
  if (offer.routed && !namesOneOf(accept, offered)) throw notRouted(offer);
  const found = firstMet(accept, offer);
  if (!found) throw notAcceptable(offered);
  // Documents of YAML have no end that a reader of a stream could find.
  if (offer.stream && found.form.format === "yaml") throw notAcceptable(streamed);
  return found;
}

/** Only the form. Throws 406. */
export const negotiate = (accept: string | undefined, offer: Offer): Representation => ask(accept, offer).form;

/** Statuses have no other view. Whoever asked for nothing that there is gets JSON. */
export function formOfErrors(accept: string | undefined): Representation | undefined {
  if (accept === undefined || accept === "") return plainJson;
  return firstMet(accept, { routed: false, protobufObjects: true, views: [] })?.form;
}

function firstMet(accept: string, offer: Offer): Asked | undefined {
  for (const clause of clausesOf(accept)) {
    for (const format of formats) {
      const found = matches(clause, contentTypes[format]) ? askedOf(clause, format, offer) : undefined;
      if (found) return found;
    }
  }
  return undefined;
}

/** The format of aggregated discovery for who would take it at all, be it as the last choice. */
export function formatOfAggregated(accept: string | undefined): Format | undefined {
  for (const clause of clausesOf(accept ?? "")) {
    const [as, group, version] = ["as", "g", "v"].map((name) => clause.parameters.get(name));
    if (as !== "APIGroupDiscoveryList" || group !== "apidiscovery.k8s.io" || version !== "v2") continue;
    const format = formats.find((one) => matches(clause, contentTypes[one]));
    if (format) return format;
  }
  return undefined;
}

function matches({ type, subtype }: Clause, contentType: string): boolean {
  if (type === "*") return subtype === "*";
  return contentType === `${type}/${subtype}` || (subtype === "*" && contentType.startsWith(`${type}/`));
}

/** Undefined: the parameters ask for what there is none of in this format. */
function askedOf({ parameters }: Clause, format: Format, offer: Offer): Asked | undefined {
  const stream = parameters.get("stream");
  if (stream !== undefined && (stream !== "watch" || format === "yaml")) return undefined;
  if (parameters.has("sv")) return undefined;
  const [as = "", group, version] = ["as", "g", "v"].map((name) => parameters.get(name));
  if (as === "" && group === undefined && version === undefined) {
    if (format === "protobuf" && !offer.protobufObjects) return undefined;
    return { form: representation(format, "object"), as: "" };
  }
  if (group !== "meta.k8s.io" || (version !== "v1" && version !== "v1beta1")) return undefined;
  const view = views[as];
  if (!view || !offer.views.includes(view) || (view === "table" && format === "protobuf")) return undefined;
  return { form: representation(format, view, version), as };
}

const views: Readonly<Record<string, View>> = {
  __proto__: null as never,
  Table: "table",
  PartialObjectMetadata: "metadata",
  PartialObjectMetadataList: "metadata",
};

export const offered = Object.values(contentTypes);
const streamed = [contentTypes.json, contentTypes.protobuf].map((type) => `${type};stream=watch`);

const notAcceptable = (accepted: readonly string[]): StatusError =>
  new StatusError("NotAcceptable", `only the following media types are accepted: ${accepted.join(", ")}`);

/** Told before the request has got anywhere: such answers carry no warnings either. */
export class RouteError extends StatusError {}

export function notProduced(types: readonly string[]): RouteError {
  const text = `406: Not Acceptable\n\nAvailable representations: ${types.join(", ")}`;
  return new RouteError("NotAcceptable", text, { details: {} });
}

const notRouted = ({ listed, stream }: Offer): RouteError =>
  notProduced(listed || stream ? [...offered, ...streamed] : offered);

/** Metadata of one object where a list is answered, or the other way round. Throws 406. */
export function ensureShape({ as }: Asked, isList: boolean, goType: () => string): void {
  if (isList && as === "PartialObjectMetadata") {
    const text = `you requested PartialObjectMetadata, but the requested object is a list (${goType()})`;
    throw new StatusError("NotAcceptable", text);
  }
  if (!isList && as === "PartialObjectMetadataList") {
    const text = `you requested PartialObjectMetadataList, but the requested object is not a list (${goType()})`;
    throw new StatusError("NotAcceptable", text);
  }
}
