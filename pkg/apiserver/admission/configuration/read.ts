/**
 * The file of `--admission-control-config-file`: what is configured for each admission plugin.
 * https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#apiserver-config-k8s-io-v1-AdmissionConfiguration
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { getSystemErrorMessage } from "node:util";
import { parseYamlBody } from "#pkg/apimachinery/codec/index.ts";
import { type ConfigurationKind, decodeConfiguration, struct, text } from "./strict.ts";

/** The configuration of a plugin, as YAML or JSON; undefined: it has none. Throws when its file cannot be read. */
export type ConfigurationOf = (plugin: string) => string | undefined;

interface PluginEntry {
  readonly name?: string;
  readonly path?: string;
  readonly configuration?: unknown;
}

const admissionConfiguration: ConfigurationKind = {
  kind: "AdmissionConfiguration",
  apiVersions: ["apiserver.config.k8s.io/v1", "apiserver.k8s.io/v1alpha1"],
  shape: struct("AdmissionConfiguration", {
    apiVersion: text,
    kind: text,
    plugins: {
      is: "list",
      of: struct("AdmissionPluginConfiguration", { name: text, path: text, configuration: { is: "anything" } }),
    },
  }),
};

const nothing: ConfigurationOf = () => undefined;

/** Throws an Error in upstream's words when the file cannot be read or says something that is not understood. */
export function readAdmissionConfiguration(file: string | undefined): ConfigurationOf {
  if (file === undefined) return nothing;
  try {
    return readEntries(file);
  } catch (error) {
    throw new Error(`failed to read plugin config: ${(error as Error).message}`, { cause: error });
  }
}

function readEntries(file: string): ConfigurationOf {
  const source = read(file, `unable to read admission control configuration from ${JSON.stringify(file)}`);
  if (isOfOnePlugin(source)) return nothing;
  const { plugins = [] } = decodeConfiguration(source, admissionConfiguration) as { plugins?: readonly PluginEntry[] };
  return (plugin) => {
    const entry = plugins.find(({ name }) => name === plugin);
    if (entry?.configuration !== undefined) return JSON.stringify(entry.configuration);
    if (!entry?.path) return undefined;
    const path = resolve(dirname(file), entry.path);
    return read(path, `Couldn't open admission plugin configuration ${path}`);
  };
}

function read(file: string, otherwise: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = getSystemErrorMessage((error as { errno: number }).errno);
    throw new Error(`${otherwise} [open ${file}: ${why}]`, { cause: error });
  }
}

/** Files of two plugins, which are none of ours, once had no kind. */
const unversioned = ["imagePolicy", "podNodeSelectorPluginConfig"];

function isOfOnePlugin(source: string): boolean {
  try {
    const value: unknown = parseYamlBody(Buffer.from(source));
    if (typeof value !== "object" || value === null || Object.hasOwn(value, "kind")) return false;
    return unversioned.some((name) => Object.hasOwn(value, name));
  } catch {
    // Whoever decodes it says what is wrong.
    return false;
  }
}
