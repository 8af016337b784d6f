/** Requests as most scenarios ask them. */
import type { Step } from "./scenario.ts";

type Headers = Readonly<Record<string, string>>;

export const json: Headers = { "content-type": "application/json" };
export const mergePatch: Headers = { "content-type": "application/merge-patch+json" };
export const applyPatch: Headers = { "content-type": "application/apply-patch+yaml" };

export const tableType = "application/json;as=Table;v=v1;g=meta.k8s.io";
export const metadataType = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";

export const ask = (method: string, path: string, headers: Headers = {}): Step => ({ method, path, headers });
export const get = (path: string, headers?: Headers): Step => ask("GET", path, headers);

/** A text goes as it is. */
export const send = (method: string, path: string, body: unknown, headers = json): Step => ({
  method,
  path,
  headers,
  body: typeof body === "string" ? body : JSON.stringify(body),
});
export const post = (path: string, body: unknown): Step => send("POST", path, body);
export const merge = (path: string, body: unknown): Step => send("PATCH", path, body, mergePatch);

/** Printed with its body, where that says what is special about the step. */
export const withBody = (step: Step): Step => ({ ...step, note: String(step.body).slice(0, 400) });

/** Printed with its headers, where they are part of what is asked. */
export const withHeaders = (step: Step): Step => ({
  ...step,
  note: Object.entries(step.headers ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join(", "),
});
