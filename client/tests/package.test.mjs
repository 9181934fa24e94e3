// The built package: its size, what it depends on, its documents.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const ROOT = new URL("..", import.meta.url).pathname;
const KB = 1024;
const CORE = 'export { AcsTokenError, guestTokens, signedInTokens } from "./index.js";';
const REACT = 'export { useAcsToken } from "./react.js";';
const INVITATION = 'export { withInvitation } from "./invitation.js";';

/** How many bytes a page loads for an import, minified and compressed. */
async function size(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(ROOT, "dist") },
    bundle: true, minify: true, format: "esm", external: ["react"], write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

test("the core has 3.5 KB at most, and the hook half a KB more", async () => {
  const core = await size(CORE);
  const both = await size(CORE + REACT);

  assert.ok(core <= 3.5 * KB, `the core has ${core} bytes`);
  assert.ok(both - core <= 0.5 * KB, `the hook has ${both - core} bytes`);
});

test("invitations cost 0.5 KB more, and only where they are used", async () => {
  const core = await size(CORE);
  const both = await size(CORE + INVITATION);

  assert.ok(both > core);
  assert.ok(both - core <= 0.5 * KB, `invitations have ${both - core} bytes`);
});

test("an import that is not used leaves nothing behind", async () => {
  const { outputFiles } = await build({
    stdin: { contents: 'import "./index.js"; import { guestTokens } from "./index.js";', resolveDir: join(ROOT, "dist") },
    bundle: true, minify: true, format: "esm", write: false, logLevel: "silent",
  });

  assert.equal(outputFiles[0].text.trim(), "");
});

test("the package depends on nothing", async () => {
  const { dependencies, peerDependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));

  assert.equal(dependencies, undefined);
  assert.deepEqual(Object.keys(peerDependencies), ["react"]);
});

test("the examples of the README have no wrong type", async () => {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const examples = [...readme.matchAll(/^```(tsx?)\n(.*?)^```$/gms)];
  assert.ok(examples.length >= 6);
  const folder = await mkdtemp(join(ROOT, ".examples-"));
  try {
    for (const [index, [, kind, code]] of examples.entries())
      await writeFile(join(folder, `example-${index}.${kind}`), `${code}\nexport {};\n`);
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({
      compilerOptions: {
        strict: true, noEmit: true, skipLibCheck: true, target: "ES2022", module: "ESNext", moduleResolution: "bundler",
        jsx: "react-jsx", lib: ["ES2022", "DOM"], types: [],
        paths: {
          "@acs-tokens/client": ["../dist/index.d.ts"],
          "@acs-tokens/client/invitation": ["../dist/invitation.d.ts"],
          "@acs-tokens/client/react": ["../dist/react.d.ts"],
        },
      },
    }));
    const { stdout, status } = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8" });
    assert.equal(status, 0, stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
});
