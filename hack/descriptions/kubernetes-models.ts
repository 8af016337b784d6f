/**
 * What `kubernetes-models` says of types and fields: of the version of the API before the served one, but of every type,
 * and with the meaning of each value of an enumeration.
 */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DescribedType, linesOf } from "./described-type.ts";

const directories = ["kubernetes-models", "@kubernetes-models/apimachinery"].map((name) =>
  dirname(fileURLToPath(import.meta.resolve(name))),
);

const typePattern = /^\/\*\*\n((?: \*.*\n)*?) \*\/\nexport (?:interface|type|class|declare class) I?(\w+)/m;
const fieldPattern = /^ {4}\/\*\*\n((?: {5}\*.*\n)*?) {5}\*\/\n {4}"([^"]+)"/gm;

/** Asterisks are escaped in comments. */
const textOf = (comment: string): string => linesOf(comment).replaceAll("\\*", "*").replaceAll("*\\/", "*/");

/** By its place: `v1/PodSpec`, `apps/v1/Deployment`, `apis/meta/v1/ObjectMeta`. */
export function readEarlierTypes(): Map<string, DescribedType> {
  const out = new Map<string, DescribedType>();
  for (const directory of directories)
    for (const file of globSync("**/*.d.ts", { cwd: directory })) {
      if (file.startsWith("_schemas/") || file.endsWith("index.d.ts")) continue;
      const declared = readFileSync(join(directory, file), "utf8");
      const text = typePattern.exec(declared)?.[1];
      const fields = [...declared.matchAll(fieldPattern)].map(([, words, name]): [string, string] => [
        name!,
        textOf(words!),
      ]);
      out.set(file.replace(/\.d\.ts$/, ""), {
        text: text === undefined ? undefined : textOf(text),
        fields: new Map(fields),
      });
    }
  return out;
}
