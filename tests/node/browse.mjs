// A page tries to reach other addresses, in a real browser whose own name evil.test is 127.0.0.1.
// Prints what each attempt gave, one JSON array in all: null, or what the page could read of the
// response; for a link or a form, which leave the page, what the browser shows then.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [executablePath, pageUrl, attempts] = process.argv.slice(2);

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

const userData = await mkdtemp(join(tmpdir(), "browse-"));
const browser = await chromium.launchPersistentContext(userData, {
  executablePath,
  headless: true,
  ignoreHTTPSErrors: true, // the emulator's authority is none of the browser's
  timeout: 30_000,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP evil.test 127.0.0.1",
  ],
});
try {
  const page = browser.pages()[0];
  page.setDefaultTimeout(20_000);
  const results = [];
  for (const attempt of JSON.parse(attempts)) {
    await page.goto(pageUrl);
    results.push(await KINDS[attempt.kind](page, attempt));
  }
  console.log(JSON.stringify(results));
} finally {
  await browser.close();
  await rm(userData, { recursive: true, force: true });
}
