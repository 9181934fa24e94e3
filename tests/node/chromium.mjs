// Starts Chromium.
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

// Runs action(visit) with a new browser. visit(action, options) runs action(page) in an empty
// profile, which is deleted at the end.
export async function withBrowser(executablePath, action, args = []) {
  const browser = await chromium.launch({
    executablePath,
    timeout: 30_000,
    args: [...ARGUMENTS, ...args],
  });
  const visit = async (inPage, options = {}) => {
    // The emulator's authority is none of the browser's.
    const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      return await inPage(page);
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
