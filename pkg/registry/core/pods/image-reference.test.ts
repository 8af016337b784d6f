import assert from "node:assert/strict";
import { test } from "node:test";
import { tagOf } from "./image-reference.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

test("tags of images", () => {
  const rows: [name: string, image: string, tag: string | undefined][] = [
    ["a plain name", "busybox", "latest"],
    ["a tag", "busybox:1.36", "1.36"],
    ["a registry with a port", "registry.example.com:5000/a/b", "latest"],
    ["a registry with a port, and a tag", "registry.example.com:5000/a/b:v1", "v1"],
    ["localhost is a registry", "localhost/a", "latest"],
    ["a digest only", `a@${digest}`, ""],
    ["a tag and a digest", `a:latest@${digest}`, "latest"],
    ["nothing", "", undefined],
    ["capital letters", "Busybox", undefined],
    ["a registry with capital letters", "Example/a", "latest"],
    ["a tag that is none", "a:!", undefined],
    ["a short digest", "a@sha256:abc", undefined],
    ["an image's own identifier", "0123456789abcdef".repeat(4), undefined],
    ["separators at the end", "a-", undefined],
    ["two separators that are one", "a__b", "latest"],
    ["three underscores", "a___b", undefined],
    ["up the tree", "../x", undefined],
    ["too long", "a".repeat(300), undefined],
  ];
  for (const [name, image, tag] of rows) assert.equal(tagOf(image), tag, name);
});
