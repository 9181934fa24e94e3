// Starts Chromium.
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

// However busy the machine is, nothing on a page takes so long; tests/waiting.py ends the script later.
const LIMIT_MS = 60_000;

// Runs action(visit) with a new browser. visit(action, options) runs action(page) in an empty
// profile, which is deleted at the end.
export async function withBrowser(executablePath, action, args = []) {
  const browser = await chromium.launch({
    executablePath,
    timeout: LIMIT_MS,
    args: [...ARGUMENTS, ...args],
  });
  const visit = async (inPage, options = {}) => {
    // The emulator's authority is none of the browser's.
    const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
    try {
      context.setDefaultTimeout(LIMIT_MS);
      return await inPage(await context.newPage());
    } finally {
      await context.close();
    }
  };
  try {
    await action(visit);
  } finally {
    await browser.close();
  }
}

// Runs action(page) in a new browser, for a script that visits one page.
export async function inBrowser(executablePath, action, { args, ...options } = {}) {
  await withBrowser(executablePath, (visit) => visit(action, options), args);
}
