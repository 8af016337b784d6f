/** Which format a request's body has, by its Content-Type: https://www.rfc-editor.org/rfc/rfc9110#name-content-type */
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { offered } from "./negotiate.ts";
import { contentTypes, type Format, formats } from "./representation.ts";

export type BodyType = Format;

/** JSON where nothing is said. Throws 415. */
export function bodyTypeOf(contentType: string | undefined): BodyType {
  if (contentType === undefined || contentType === "" || contentType === "application/json") return "json";
  const type = mediaTypeOf(contentType);
  const format = formats.find((one) => contentTypes[one] === type);
  if (!format) throw unsupportedMediaType(offered);
  return format;
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const text = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
  return new StatusError("UnsupportedMediaType", text);
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const typeForm = new RegExp(`^\\s*(${token}(?:/${token})?)\\s*$`);
const parameterForm = new RegExp(`^\\s*;\\s*(${token})\\s*=\\s*(${token}|"(?:[^"\\\\]|\\\\.)*")`);

/** The type in lower case, without its parameters; undefined for what is none, be it only in a parameter. */
export function mediaTypeOf(header: string): string | undefined {
  const end = header.indexOf(";");
  const type = typeForm.exec(end < 0 ? header : header.slice(0, end))?.[1];
  if (type === undefined) return undefined;
  const values = new Map<string, string>();
  let rest = end < 0 ? "" : header.slice(end);
  while (rest.trim() !== "" && rest.trim() !== ";") {
    const [all, name, value] = parameterForm.exec(rest) ?? [];
    if (all === undefined || name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    if ((values.get(key) ?? value) !== value) return undefined;
    values.set(key, value);
    rest = rest.slice(all.length);
  }
  return type.toLowerCase();
}
