// A user signs in on a page with MSAL.js, gets tokens silently, and signs out: in a real browser, with
// a new profile for each authority. Prints what the pages saw, as a JSON list.
import { createServer } from "node:http";
import { build } from "esbuild";
import { withBrowser } from "./chromium.mjs";

const [executablePath, clientId, scope, user, ...authorities] = process.argv.slice(2);

const bundle = await build({ entryPoints: ["sign-in-page.mjs"], bundle: true, format: "esm", write: false });
const script = bundle.outputFiles[0].text;
const html = '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>';

const server = createServer((request, response) => {
  const isScript = request.url === "/page.js";
  response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
  response.end(isScript ? script : html);
});
await new Promise((listening) => server.listen(0, "localhost", listening));

async function signInAndOut(page, authority) {
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.addInitScript((settings) => (window.settings = settings), { authority, clientId, scope });
  await page.goto(`http://localhost:${server.address().port}/`);
  await page.getByRole("link", { name: user }).click();
  await page.waitForFunction(() => window.seen).catch((error) => {
    throw new Error([...errors, error].join("\n"));
  });
  const seen = await page.evaluate(() => window.seen);
  await page.evaluate(() => void window.signOut()); // it leaves the page
  await page.waitForFunction(() => window.signedOut !== undefined);
  const signedOut = await page.evaluate(() => window.signedOut);
  return { ...seen, signedOut };
}

try {
  await withBrowser(executablePath, async (visit) => {
    const seen = [];
    for (const authority of authorities) seen.push(await visit((page) => signInAndOut(page, authority)));
    console.log(JSON.stringify(seen));
  });
} finally {
  server.close();
}
