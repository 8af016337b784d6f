/** Values of the kubelet's flags. */
import type { Taint } from "#api/types/core/v1";

/** `a=b,c=d`. Throws Error for a word without `=`. */
export function parseLabels(text: string): Record<string, string> {
  const labels = new Map<string, string>();
  for (const word of text.split(",").filter((part) => part !== "")) {
    const at = word.indexOf("=");
    if (at < 1) throw new Error(`invalid label ${JSON.stringify(word)}: expected key=value`);
    labels.set(word.slice(0, at), word.slice(at + 1));
  }
  return Object.fromEntries(labels);
}

/** `key=value:Effect,key:Effect`. Throws Error for an unknown effect. */
export function parseTaints(text: string): Taint[] {
  return text
    .split(",")
    .filter((part) => part !== "")
    .map((word) => {
      const match = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(word);
      if (!match) throw new Error(`invalid taint ${JSON.stringify(word)}: expected key=value:effect`);
      const [, key = "", value, effect] = match;
      return { key, ...(value ? { value } : {}), effect: effect as Taint["effect"] };
    });
}
