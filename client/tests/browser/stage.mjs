// One Chromium for all tests, pages with the client in them, and services that do as they are told.
// tests/client/test_client.py starts the app, and says in the environment where everything is.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { inBrowser } from "../../../tests/node/chromium.mjs";

export const { PAGES_FOLDER, PAGES_URL, API_URL, INVITED_URL, EMULATOR_URL, ALICE, BOB, CHROMIUM } = process.env;

const HERE = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const SECRET = /eyJ|8:acs:|8:orgid:/;

/** What pages printed, and titles and addresses that they had: all that a stranger might read. */
export const seen = [];

let context;
let close;
let wasClockStopped = false;

/** Bundles the pages and starts Chromium. */
export async function open() {
  await mkdir(PAGES_FOLDER, { recursive: true });
  await Promise.all([bundle("client"), bundle("microsoft"), bundleReadme(), ...[16, 17, 18, 19].map(bundleReact)]);
  await new Promise((opened, failed) => {
    const closed = inBrowser(CHROMIUM, async (page) => {
      context = page.context();
      context.on("console", (message) => seen.push(message.text()));
      context.on("weberror", (error) => seen.push(String(error.error())));
      await new Promise((end) => {
        close = () => (end(), closed);
        opened();
      });
    });
    closed.catch(failed);
  });
}

export const shut = () => close();
export const secrets = () => seen.filter((text) => SECRET.test(text));
export const devtools = (page) => context.newCDPSession(page);
export const offline = (is) => context.setOffline(is);

/**
 * A new tab with a page of its own; `requests` are those of the page to any service.
 *
 * @param address A visitor's link, which may hold an invitation until the page takes it.
 */
export async function tab(name = "client", { prepare, isClockStopped, address } = {}) {
  const page = await context.newPage();
  const requests = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(PAGES_URL)) requests.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  page.on("framenavigated", (frame) => frame.url() !== address && seen.push(frame.url()));
  await prepare?.(page);
  // The clock is that of all pages.
  if (isClockStopped) await page.clock.install();
  else if (wasClockStopped) await page.clock.resume();
  wasClockStopped = isClockStopped;
  await page.goto(address ?? `${PAGES_URL}/${name}.html`);
  if (isClockStopped) await page.clock.pauseAt(Date.now() + 60_000);
  return { page, requests };
}

/** What the page's own code gets, evaluated with `acs`, the client. */
export const inPage = ({ page }, code, given) => page.evaluate(code, { api: API_URL, ...given });

/** How often the emulator was asked for a new identity. */
export async function newIdentities() {
  const response = await fetch(`${EMULATOR_URL}/emulator/requests`);
  return (await response.json()).requests.filter(({ path }) => path === "/identities").length;
}

export async function verdict(token) {
  const response = await fetch(`${EMULATOR_URL}/emulator/verify`, { method: "POST", body: JSON.stringify({ token }) });
  return response.json();
}

/** A service on a socket of its own, which responds as `respond()` says: `[status, fields, headers]`. */
export async function service(respond) {
  const requests = [];
  const server = createServer((request, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Headers", "*");
    if (request.method === "OPTIONS") return response.end();
    requests.push(request.url);
    const [status, fields, headers] = respond(requests.length);
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(fields));
  });
  await new Promise((listening) => server.listen(0, "localhost", listening));
  return { api: `http://localhost:${server.address().port}/api`, requests, stop: () => server.close() };
}

async function bundle(name) {
  await write(name, { entryPoints: [join(HERE, `${name}-page.mjs`)] });
}

/** The page that the repository's README shows. */
async function bundleReadme() {
  const readme = await readFile(join(HERE, "../../../README.md"), "utf8");
  const [, code] = /```js\n(.*?)```/s.exec(readme);
  const contents = `${code.replace("http://localhost:7071/api", API_URL)}; window.credential = credential;`;
  const alias = { "@acs-tokens/client": join(HERE, "../../dist/index.js") };
  await write("readme", { stdin: { contents, resolveDir: HERE }, alias });
}

async function bundleReact(version) {
  const names = ["react", "react-dom"].map((name) => [name, version === 18 ? name : `${name}-${version}`]);
  const folders = names.map(([name, installed]) => [name, join(require.resolve(`${installed}/package.json`), "..")]);
  await write(`react-${version}`, {
    entryPoints: [join(HERE, "react-page.mjs")],
    alias: { ...Object.fromEntries(folders), root: join(HERE, `root-${version < 18 ? 16 : 18}.mjs`) },
    define: { "process.env.NODE_ENV": '"development"' }, // which runs effects twice in StrictMode
  });
}

async function write(name, options) {
  await build({ bundle: true, format: "esm", outfile: join(PAGES_FOLDER, `${name}.js`), logLevel: "error", ...options });
  const html = `<!doctype html><meta charset="utf-8"><title>${name}</title><div id="root"></div><script type="module" src="/${name}.js"></script>`;
  await writeFile(join(PAGES_FOLDER, `${name}.html`), html);
}
