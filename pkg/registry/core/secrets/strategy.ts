import type { Secret } from "#api/types/core/v1";
import type { Strategy } from "../../strategy.ts";
import { validateSecret, validateSecretUpdate } from "./validate.ts";

/** `stringData` is written as `data` and never stored. */
export const secrets: Strategy<Secret> = {
  applyDefaults(secret) {
    secret.type ||= "Opaque";
    const plain = secret.stringData;
    if (plain === undefined) return;
    const data = new Map(Object.entries(secret.data ?? {}));
    for (const [key, value] of Object.entries(plain)) data.set(key, Buffer.from(value).toString("base64"));
    if (data.size > 0) secret.data = Object.fromEntries(data);
    delete secret.stringData;
  },
  validateCreate: validateSecret,
  validateUpdate: (next, old) => [...validateSecretUpdate(next, old), ...validateSecret(next)],
  fields: { type: (secret) => secret.type ?? "" },
};
