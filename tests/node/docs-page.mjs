// Opens /docs in a real browser, and presses "Execute" in one operation of each family.
// Prints {statuses, violations, foreign, errors}, and writes a screenshot if a path is given.
import { inBrowser } from "./chromium.mjs";

const [executablePath, url, bearer, screenshot] = process.argv.slice(2);
const OPERATIONS = ["users-create_user_and_token", "guest-guest_token", "me-me_token"];

await inBrowser(executablePath, async (page) => {
  const seen = { statuses: {}, violations: [], foreign: [], errors: [] };
  await page.addInitScript(() => {
    window.violations = [];
    addEventListener("securitypolicyviolation", (each) => window.violations.push(each.blockedURI));
  });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(new URL(url).origin) && !request.url().startsWith("data:")) {
      seen.foreign.push(request.url());
    }
  });
  await page.goto(url);
  await page.click("button.authorize");
  const bearerToken = page.locator(".auth-container", { hasText: "(http, Bearer)" });
  await bearerToken.locator("input").fill(bearer);
  await bearerToken.locator("button.authorize").click();
  await page.click("button.close-modal");
  for (const id of OPERATIONS) {
    const operation = page.locator(`#operations-${id}`);
    await operation.locator(".opblock-summary-control").click();
    await operation.locator("button.execute").click();
    const status = operation.locator(".live-responses-table .response-col_status").last();
    await status.waitFor();
    seen.statuses[id] = parseInt(await status.innerText(), 10);
  }
  seen.violations = await page.evaluate(() => window.violations);
  if (screenshot) {
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: screenshot });
  }
  console.log(JSON.stringify(seen));
}, { viewport: { width: 1200, height: 1000 } });
