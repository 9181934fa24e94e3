// Page loads in Chromium, 50 ms from the page's server: `tutorial` fetches a token as Microsoft's
// tutorial does and gives it to Microsoft's class, `client` uses the package in client/.
// Each person is a tab. Prints for each the milliseconds from the page's first line of script to
// the credential's token: [first load, reload, …].
import { createServer, request as send } from "node:http";
import { createRequire } from "node:module";
import { inBrowser } from "../../tests/node/chromium.mjs";

const [executablePath, way, api, people, loads] = process.argv.slice(2);
const LATENCY_MS = 50;

const tools = createRequire(new URL("../../tests/node/package.json", import.meta.url));
const PAGES = {
  tutorial: `
    import { AzureCommunicationTokenCredential } from "@azure/communication-common";
    const response = await fetch("/api/users/token", { method: "POST" });
    const { token } = await response.json();
    export const credential = new AzureCommunicationTokenCredential(token);`,
  client: `
    import { guestTokens } from "../../client/dist/index.js";
    export const { credential } = guestTokens({ api: "/api", scopes: ["voip"] });`,
};
const { outputFiles } = await tools("esbuild").build({
  stdin: {
    contents: `import { credential } from "page"; const { token } = await credential.getToken();
      window.got = { token, ms: performance.now() - window.began };`,
    resolveDir: new URL("../../tests/node", import.meta.url).pathname,
  },
  plugins: [{
    name: "page",
    setup(build) {
      build.onResolve({ filter: /^page$/ }, () => ({ path: way, namespace: "page" }));
      build.onLoad({ filter: /.*/, namespace: "page" }, () => ({
        contents: PAGES[way], resolveDir: new URL("../../tests/node", import.meta.url).pathname,
      }));
    },
  }],
  bundle: true, minify: true, format: "esm", target: "esnext", write: false,
});
const html = `<!doctype html><meta charset="utf-8"><script type="module">window.began = performance.now();${outputFiles[0].text}</script>`;

// The API is at the page's own origin, as in Static Web Apps.
const server = createServer((incoming, outgoing) => {
  if (!incoming.url.startsWith("/api/")) return outgoing.setHeader("Content-Type", "text/html").end(html);
  const { origin, host, ...headers } = incoming.headers;
  const options = { method: incoming.method, headers: { ...headers, host: new URL(api).host } };
  const passed = send(new URL(incoming.url, api), options, (response) => {
    outgoing.writeHead(response.statusCode, response.headers);
    response.pipe(outgoing);
  });
  incoming.pipe(passed);
});
await new Promise((listening) => server.listen(0, "localhost", listening));

try {
  await inBrowser(executablePath, async (page) => {
    const measured = [];
    for (let person = 0; person < Number(people); person += 1) measured.push(await visit(await page.context().newPage()));
    console.log(JSON.stringify(measured));
  });
} finally {
  server.close();
}

async function visit(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline: false, latency: LATENCY_MS, downloadThroughput: -1, uploadThroughput: -1,
  });
  const measured = [];
  for (let load = 0; load < Number(loads); load += 1) {
    await (load ? page.reload() : page.goto(`http://localhost:${server.address().port}/`));
    const { token, ms } = await (await page.waitForFunction(() => window.got)).jsonValue();
    if (!token) throw new Error("no token");
    measured.push(ms);
  }
  await page.close();
  return measured;
}
