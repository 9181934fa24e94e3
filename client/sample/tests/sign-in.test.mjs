// The sample's sign-in with MSAL.js, and its page without React, in Chromium. Nothing here needs the composites.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { withBrowser } from "../../../tests/node/chromium.mjs";

const { PAGES_FOLDER, PAGES_URL, API_URL, CHROMIUM } = process.env;
const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, "../../dist");
const LOCAL = "http://localhost:7071/api"; // what the page without React has

const write = (name, text) => writeFile(join(PAGES_FOLDER, name), text);
const script = (name) => `<script type="module" src="/${name}.js"></script>`;

async function bundle(name, options) {
  await build({
    bundle: true,
    format: "esm",
    outfile: join(PAGES_FOLDER, `${name}.js`),
    alias: {
      "@acs-tokens/client": join(DIST, "index.js"),
      "@acs-tokens/client/invitation": join(DIST, "invitation.js"),
    },
    // Without an issuer in the settings, the module for OpenID Connect is in no bundle.
    define: { "import.meta.env": JSON.stringify({ VITE_API: API_URL }), "import.meta.env.VITE_ISSUER": "undefined" },
    logLevel: "error",
    ...options,
  });
}

async function bundleWithoutReact() {
  const page = await readFile(join(HERE, "../without-react.html"), "utf8");
  const [whole, code] = /<script type="module">(.*)<\/script>/s.exec(page);
  assert.equal(code.split(LOCAL).length, 2);
  await bundle("without-react", { stdin: { contents: code.replace(LOCAL, API_URL), resolveDir: HERE } });
  await write("without-react.html", page.replace(whole, script("without-react")));
}

/** Signs somebody in, and returns what the page has got then. */
async function signIn(page, name) {
  const refused = page.waitForEvent("pageerror").then((error) => Promise.reject(error));
  await page.evaluate(() => void window.sample.signIn()); // it leaves the page
  await Promise.race([page.getByRole("link", { name }).click(), refused]);
  await page.waitForFunction(() => window.sample?.person);
  return page.evaluate(() => window.sample.get());
}

test("the sample's sign-in, and its page without React", async (t) => {
  await mkdir(PAGES_FOLDER, { recursive: true });
  await Promise.all([
    bundle("sign-in", { entryPoints: [join(HERE, "sign-in-page.ts")] }),
    write("sign-in.html", `<!doctype html><title>Signing in</title>${script("sign-in")}`),
    bundleWithoutReact(),
  ]);
  await withBrowser(CHROMIUM, async (visit) => {
    await t.test("a user signs in once, and a reload costs no request", () =>
      visit(async (page) => {
        const requests = [];
        page.on("request", (each) => {
          const { href, pathname } = new URL(each.url());
          if (!href.startsWith(`${PAGES_URL}/sign-in.`)) requests.push(`${each.method()} ${pathname}`);
        });
        await page.goto(`${PAGES_URL}/sign-in.html?groupId=1`);
        await page.waitForFunction(() => window.sample);

        const first = await signIn(page, "Alice");
        const address = page.url();
        const tokens = requests.filter((each) => each === "POST /api/me/token").length;
        requests.length = 0;
        await page.reload();
        await page.waitForFunction(() => window.sample?.person);
        const again = await page.evaluate(() => window.sample.get());
        const onReload = [...requests];
        const other = await signIn(page, "Bob");

        assert.match(first.name, /Alice/);
        assert.equal(address, `${PAGES_URL}/sign-in.html?groupId=1`);
        assert.equal(tokens, 1);
        assert.deepEqual(onReload, []);
        assert.deepEqual([again.userId, again.token], [first.userId, first.token]);
        assert.match(other.name, /Bob/);
        assert.notEqual(other.userId, first.userId);
      }));

    await t.test("a page without React gives Microsoft's credential class a token", () =>
      visit(async (page) => {
        await page.goto(`${PAGES_URL}/without-react.html`);
        await page.getByText(/^8:acs:\S+ until /).waitFor();
      }));
  });
});
