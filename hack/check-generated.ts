/** Generates everything again and fails when a checked-in file differs from what came out. Leaves the new text in place. */
import { execFileSync } from "node:child_process";

const root = new URL("..", import.meta.url).pathname;
const places = ["api", "openapi"];

/** What Git sees changed under the generated places, with the content: hash of the diff and names of new files. */
function changes(): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28 });
  return git("diff", "--", ...places) + git("ls-files", "--others", "--exclude-standard", "--", ...places);
}

const before = changes();
execFileSync("npm", ["run", "--silent", "generate"], { cwd: root, stdio: "inherit" });
if (changes() !== before) {
  process.stderr.write("Generated files were out of date; `make generate` has brought them up to date: commit them.\n");
  process.exit(1);
}
