/** Steps that many scenarios take. */
import type { Step } from "./scenario.ts";

export const postTo = (path: string, body: object): Step => ({
  method: "POST",
  path,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
  note: JSON.stringify(body),
});
