// A page tries to reach other addresses, in a real browser whose own name evil.test is 127.0.0.1.
// Prints what each attempt gave, one JSON array in all: null, or what the page could read of the
// response; for a link or a form, which leave the page, what the browser shows then.
import { inBrowser } from "./chromium.mjs";

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

const options = {
  bypassCSP: true, // a page under a rebound name is the attacker's, without the server's policy
  args: ["--host-resolver-rules=MAP evil.test 127.0.0.1"],
};
await inBrowser(
  executablePath,
  async (page) => {
    const results = [];
    for (const attempt of JSON.parse(attempts)) {
      await page.goto(pageUrl);
      results.push(await KINDS[attempt.kind](page, attempt));
    }
    console.log(JSON.stringify(results));
  },
  options,
);
