// Loads the page of Microsoft's tutorial in a real browser.
// Arguments: Chromium, the page's address, and the tutorial's settings as JSON.
// Prints what the page would give to the call: {userId, token, meetingLink}.
import { build } from "esbuild";
import { inBrowser } from "./chromium.mjs";

const [executablePath, url, settings] = process.argv.slice(2);

// As react-scripts does: the settings become part of the code.
const define = Object.fromEntries(
  Object.entries(JSON.parse(settings)).map(([name, value]) => [
    `process.env.${name}`,
    JSON.stringify(value),
  ]),
);
const { outputFiles: [bundle] } = await build({
  stdin: { contents: 'export * from "./samples/tutorial.mjs";', resolveDir: "." },
  bundle: true, write: false, format: "iife", globalName: "tutorial", platform: "browser", define,
});

await inBrowser(executablePath, async (page) => {
  await page.goto(url);
  await page.addScriptTag({ content: bundle.text });
  const seen = await page.evaluate(async () => {
    const { userId, credential, locator } = await tutorial.init();
    const { token } = await credential.getToken();
    credential.dispose();
    return { userId, token, ...locator };
  });
  console.log(JSON.stringify(seen));
});
