/** Requests around resources rather than about them. */
import type { Step } from "../../scenario.ts";

export const json = { "content-type": "application/json" };

export const ask = (method: string, path: string, headers: Record<string, string> = {}): Step => ({
  method,
  path,
  headers,
});

export const send = (method: string, path: string, body: unknown, headers: Record<string, string> = json): Step => ({
  method,
  path,
  headers,
  body: typeof body === "string" ? body : JSON.stringify(body),
});

/** Headers are part of what is asked. */
export const noted = (step: Step): Step => ({
  ...step,
  note: Object.entries(step.headers ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join(", "),
});
