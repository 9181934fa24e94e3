// Starts Chromium with an empty profile, which is deleted at the end.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

// Runs action(page) in a new browser.
export async function inBrowser(executablePath, action, options = {}) {
  const userData = await mkdtemp(join(tmpdir(), "chromium-"));
  const browser = await chromium.launchPersistentContext(userData, {
    executablePath,
    headless: true,
    ignoreHTTPSErrors: true, // the emulator's authority is none of the browser's
    timeout: 30_000,
    ...options,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
      ...(options.args ?? []),
    ],
  });
  try {
    const page = browser.pages()[0];
    page.setDefaultTimeout(20_000);
    await action(page);
  } finally {
    await browser.close();
    await rm(userData, { recursive: true, force: true });
  }
}
