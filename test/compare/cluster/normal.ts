/** What may differ between two runs of the same commands: times, ages, ids, hashes, addresses, random suffixes, node names. */

const rules: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]* \+0000/g, "TIME"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME"],
  [/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]+ \+0000/g, "TIME"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID"],
  [/sha256:[0-9a-f]+/g, "SHA"],
  [/containerd:\/\/\S+/g, "CID"],
  [/"?resourceVersion"?: ?"?\d+"?/g, "RV"],
  [/\b[0-9a-f]{8,10}-[a-z0-9]{5}\b/g, "HASH"],
  [/\b[0-9a-f]{8,10}\b(?=\W|$)/g, "HASH"],
  [/\b\d+\.\d+\.\d+\.\d+(:\d+)?\b/g, "IP"],
  // The alphabet of generated suffixes, which makes no words.
  [/-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "-SUFFIX"],
  [/\b(\d+[dhms]){1,4}\b/g, "AGE"],
  [/<invalid>/g, "AGE"],
  [/v1\.\d+\.\d+\S*/g, "VERSION"],
  [/kube-api-access-\w+/g, "kube-api-access"],
  [/TMPFILE|\/tmp\/\S+/g, "TMP"],
  [/debugger-\w+/g, "DEBUGGER"],
  [/"\d+ms"|\d+ms/g, "AGE"],
  [/hash=\w+/g, "hash=H"],
  [/localhost:\d+|127\.0\.0\.1:\d+/g, "HOST"],
  [/[ \t]+/g, " "],
];

/** `names`: further patterns, of the run's own node and generated names. */
export function normalize(text: string, names: readonly (readonly [RegExp, string])[] = []): string {
  return [...names, ...rules].reduce((result, [pattern, by]) => result.replace(pattern, by), text);
}
