/** The Go toolchain of the machine, for the tests that need upstream's own libraries. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Throws when there is none. */
export function findGo(): string {
  const dirs = [...(process.env["PATH"] ?? "").split(":"), "/usr/local/go/bin"].filter((dir) => dir !== "");
  const found = dirs.map((dir) => join(dir, "go")).find((path) => existsSync(path));
  if (found === undefined) throw new Error("There is no Go: install it (https://go.dev/dl, 1.25 or newer).");
  return found;
}

/** Runs `go ARGS` in a directory, its output shown. Rejects when it fails. */
export function runGo(directory: string, args: readonly string[]): Promise<void> {
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false" };
  const child = spawn(findGo(), [...args], { cwd: directory, stdio: ["ignore", "inherit", "inherit"], env });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`go ${args[0]} ended with exit code ${code}`)),
    );
  });
}
