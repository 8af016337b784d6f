/**
 * What `@pulumi/kubernetes` says of types and fields. It was made from the version of the API that is served here; it lacks
 * reviews and the meanings of enumerations' values, and tells more of some kinds than the API does.
 */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DescribedType, linesOf } from "./described-type.ts";

const directory = dirname(fileURLToPath(import.meta.resolve("@pulumi/kubernetes")));

/** `    namespace v1 {`, and a comment with `interface PodSpec {` or `nodeName: string;`, in the order in which they stand. */
const partPattern =
  /^( *)(?:export declare )?namespace (\w+) \{|^ *\/\*\*\n((?: *\*(?: .*)?\n)*?) *\*\/\n *(?:interface (\w+) \{|"?([\w$-]+)"?\??:)/gm;

/** What waiting for a resource means to that package's users. */
const ofPackage = /\n\n(This resource waits until|## |Note: )[\s\S]*$/;

const textOf = (comment: string): string => linesOf(comment).replaceAll("&#47;", "/");

/** By its place: `core/v1/PodSpec`, `meta/v1/ObjectMeta`. */
export function readExactTypes(): Map<string, DescribedType> {
  const out = new Map<string, DescribedType>();
  const declared = readFileSync(join(directory, "types/output.d.ts"), "utf8");
  let spaces: string[] = [];
  let fields = new Map<string, string>();
  for (const [, indent = "", space, comment = "", type, field] of declared.matchAll(partPattern)) {
    if (space !== undefined) spaces = [...spaces.slice(0, indent.length / 4), space];
    else if (type !== undefined) {
      fields = new Map();
      out.set([...spaces, type].join("/"), { text: textOf(comment).replace(ofPackage, ""), fields });
    } else if (field !== undefined) fields.set(field, textOf(comment));
  }
  for (const file of globSync("*/*/*List.d.ts", { cwd: directory })) {
    const list = readList(join(directory, file));
    out.set(`${dirname(file)}/${list.name}`, list);
  }
  return out;
}

const classPattern = /^\/\*\*\n((?: \*(?: .*)?\n)*?) \*\/\nexport declare class (\w+)/m;
const memberPattern = /^ *\/\*\*\n((?: *\*(?: .*)?\n)*?) *\*\/\n *readonly (\w+):/gm;

/** Lists are classes in files of their own. */
function readList(file: string): DescribedType & { readonly name: string } {
  const declared = readFileSync(file, "utf8");
  const [, text = "", name = ""] = classPattern.exec(declared) ?? [];
  const fields = [...declared.matchAll(memberPattern)].map(([, comment, field]): [string, string] => [
    field!,
    textOf(comment!),
  ]);
  return { name, text: textOf(text), fields: new Map(fields) };
}
