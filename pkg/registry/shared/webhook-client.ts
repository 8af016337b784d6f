/** How a webhook is reached: by a URL, or as a service of the cluster. */
import { invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "./findings.ts";
import { parseGoUrl } from "./go-url.ts";
import { portNumberErrors } from "./name-forms.ts";
import { subdomainErrors } from "./names.ts";

const form = "; desired format: https://host[/path]";

export function* webhookUrl(path: string, text: string): Findings {
  const url = parseGoUrl(text);
  if (typeof url === "string") {
    yield required(path, `url must be a valid URL: ${url}${form}`);
    return;
  }
  if (url.scheme !== "https") yield invalid(path, url.scheme, `'https' is the only allowed URL scheme${form}`);
  if (url.host === "") yield invalid(path, url.host, `host must be specified${form}`);
  if (url.user !== undefined) yield invalid(path, url.user, "user information is not permitted in the URL");
  if (url.fragment !== "") yield invalid(path, url.fragment, "fragments are not permitted in the URL");
  if (url.query !== "") yield invalid(path, url.query, "query parameters are not permitted in the URL");
}

export interface WebhookService {
  readonly namespace?: string;
  readonly name?: string;
  readonly path?: string;
  readonly port?: number;
}

/** A missing name is told at `namespace`, and a missing namespace at `name`: so upstream does, and clients see it. */
export function* webhookService(path: string, { namespace, name, path: file, port = 0 }: WebhookService): Findings {
  if (!namespace) yield required(`${path}.name`);
  if (!name) yield required(`${path}.namespace`);
  const wrongPort = portNumberErrors(port);
  if (wrongPort.length > 0) yield invalid(`${path}.port`, port, `port is not valid: ${wrongPort.join(", ")}`);
  if (file) yield* urlPath(`${path}.path`, file);
}

function* urlPath(path: string, file: string): Findings {
  if (file === "/") return;
  if (file === "//") {
    yield invalid(path, file, "segment[0] may not be empty");
    return;
  }
  if (!file.startsWith("/")) yield invalid(path, file, "must start with a '/'");
  // The first character goes unseen, whatever it is.
  const segments = file.slice(1).replace(/\/$/, "").split("/");
  for (const [at, segment] of segments.entries()) {
    if (segment === "") yield invalid(path, file, `segment[${at}] may not be empty`);
    else for (const text of subdomainErrors(segment)) yield invalid(path, file, `segment[${at}]: ${text}`);
  }
}
