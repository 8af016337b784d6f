import assert from "node:assert/strict";
import { test } from "node:test";
import { rewriteLinks } from "./links.ts";

const prefix = "/api/v1/namespaces/n/pods/p/proxy";
const rows: { name: string; html: string; expected: string }[] = [
  { name: "from the root", html: '<a href="/x?y#z">t</a>', expected: `<a href="${prefix}/x?y#z">t</a>` },
  { name: "of the same server", html: "<img src='http://10.0.0.1:80/i'>", expected: `<img src='${prefix}/i'>` },
  { name: "relative", html: '<a href="x">t</a>', expected: '<a href="x">t</a>' },
  {
    name: "elsewhere",
    html: '<a href="//cdn/x">t</a><a href="https://b/">',
    expected: '<a href="//cdn/x">t</a><a href="https://b/">',
  },
  { name: "below the proxy already", html: `<a href="${prefix}/x">`, expected: `<a href="${prefix}/x">` },
  { name: "text is no link", html: 'say href="/x"', expected: 'say href="/x"' },
];

for (const { name, html, expected } of rows) {
  test(`links ${name}`, () => assert.equal(rewriteLinks(html, "http://10.0.0.1:80", prefix), expected));
}
