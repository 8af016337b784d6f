/** The forms that an answer may have. */

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

/** In the order in which they are offered. */
export const contentTypes: Readonly<Record<Format, string>> = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
};

export const formats = Object.keys(contentTypes) as readonly Format[];

const table = new Map<string, Representation>();
for (const format of formats) {
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
