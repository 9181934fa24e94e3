// Pages try to reach other addresses, in a real browser whose own name evil.test is 127.0.0.1.
// Reads a line {pageUrl, attempts} for each visit, and prints a line {results} or {error}. The
// results are what each attempt gave: null, or what the page could read of the response; for a
// link or a form, which leave the page, what the browser shows then.
import { createInterface } from "node:readline";
import { withBrowser } from "./chromium.mjs";

const [executablePath] = process.argv.slice(2);

const KINDS = {
  async fetch(page, { url, init }) {
    return page.evaluate(
      async ([address, options]) => {
        try {
          const response = await fetch(address, options);
          return { status: response.status, text: await response.text() };
        } catch {
          return null;
        }
      },
      [url, init],
    );
  },
  async image(page, { url }) {
    return page.evaluate(async (address) => {
      const image = new Image();
      image.src = address;
      await new Promise((ended) => (image.onload = image.onerror = ended));
      return null;
    }, url);
  },
  async link(page, { url }) {
    return leave(page, (address) => {
      const link = document.body.appendChild(document.createElement("a"));
      link.href = address;
      link.click();
    }, url);
  },
  async form(page, { url }) {
    return leave(page, (address) => {
      const form = document.body.appendChild(document.createElement("form"));
      form.method = "post";
      form.action = address;
      form.submit();
    }, url);
  },
};

async function leave(page, action, url) {
  const [response] = await Promise.all([
    page.waitForResponse((each) => each.url() === url),
    page.evaluate(action, url),
  ]);
  await page.waitForLoadState();
  return { status: response.status(), text: await page.innerText("body") };
}

async function tryAll(page, { pageUrl, attempts }) {
  const results = [];
  await page.goto(pageUrl);
  const here = page.url();
  for (const attempt of attempts) {
    if (page.url() !== here) await page.goto(pageUrl); // an earlier attempt left it
    results.push(await KINDS[attempt.kind](page, attempt));
  }
  return { results };
}

// A page under a rebound name is the attacker's, without the server's policy.
const options = { bypassCSP: true };
await withBrowser(
  executablePath,
  async (visit) => {
    for await (const line of createInterface({ input: process.stdin })) {
      const seen = await visit((page) => tryAll(page, JSON.parse(line)), options).catch(
        (error) => ({ error: String(error) }),
      );
      console.log(JSON.stringify(seen));
    }
  },
  ["--host-resolver-rules=MAP evil.test 127.0.0.1"],
);
