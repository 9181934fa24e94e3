// A developer uses the local page, in a real browser. Prints what the page showed, as JSON.
import { inBrowser } from "./chromium.mjs";

const [executablePath, address, key, control] = process.argv.slice(2);
const seen = { console: [], origins: [], violations: [], widths: [], withdrawals: [], errors: {}, users: {}, examples: {} };
let page;

const text = (id) => page.locator(`#${id}`).textContent();
const button = (name) => page.getByRole("button", { name, exact: true });
const until = (id, expected) =>
  page.waitForFunction(
    ([one, value]) => document.getElementById(one).textContent === value,
    [id, expected],
  );
const responded = (route) => page.waitForResponse((each) => each.url().endsWith(route));

// Clicks, and waits until the page has shown the result; returns the verdict.
async function act(name, verdict) {
  await Promise.all([responded("/local/requests"), button(name).click()]);
  await until("verdict", verdict);
  await measure();
  return text("verdict");
}

const measure = async () =>
  seen.widths.push(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth));

async function fail(name) {
  await Promise.all([responded("/local/requests"), button(name).click()]);
  return page.locator("#error p").allTextContents();
}

async function show(tab) {
  await Promise.all([responded("/local/requests"), page.getByRole("radio", { name: tab }).click()]);
  await measure();
  for (const way of ["curl", "fetch", "client"]) {
    await page.getByRole("radio", { name: way }).check();
    await page.locator(`#code[data-is=${way}]`).waitFor();
    (seen.examples[tab] ??= []).push(await text("code"));
  }
}

async function choose(...wanted) {
  for (const box of await page.locator("#scopes input").all())
    await box.setChecked(wanted.includes(await box.inputValue()));
}

const claims = () =>
  page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll("#claims div")].map((each) =>
        [...each.children].slice(0, 3).map((one) => one.textContent),
      ).map(([name, value, meaning]) => [name, [value, meaning]]),
    ),
  );

async function functionKey() {
  seen.needsKey = await text("ready");
  seen.errors.key = await fail("Generate");
  await page.getByLabel("Function key").fill(key);
  await page.keyboard.press("Tab");
  await until("ready", "ready");
  seen.kept = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie, location.href]);
}

async function backend() {
  await choose();
  seen.bare = await act("Generate", "an identity without a token");
  await choose("chat", "voip");
  seen.issued = await act("Generate", "genuine, valid");
  seen.claims = await claims();
  const first = await text("left");
  await page.waitForFunction((before) => document.getElementById("left").textContent < before, first);
  seen.left = first;
  const id = (seen.userId = await text("userId"));
  await button("Copy token").click();
  await page.waitForFunction(
    async (token) => (await navigator.clipboard.readText()) === token,
    await text("token"),
  );
  seen.revoked = await act("Revoke", "genuine, revoked");
  seen.renewed = await act("Renew", "genuine, valid");
  await page.getByLabel("User id", { exact: true }).fill(id);
  await page.getByLabel("Lifetime").fill("1440");
  seen.again = await act("Generate", "genuine, valid");
  seen.sameId = (await text("userId")) === id;
  seen.day = await text("left");
  seen.log = await page.locator("#log li").first().textContent();
  await fetch(`${control}/?ahead=172800`);
  await Promise.all([responded("/local/requests"), page.getByRole("radio", { name: "Backend" }).click()]);
  await until("verdict", "genuine, expired");
  await fetch(`${control}/?ahead=0`);
  seen.deleted = await act("Delete identity", "genuine, revoked");
  await page.getByLabel("User id", { exact: true }).fill(`8:acs:'<img src=x onerror="alert(1)">`);
  seen.errors.id = await fail("Generate");
  seen.hostile = [await text("code"), await page.locator("#panel img").count()];
  await page.getByLabel("User id", { exact: true }).fill("");
  await page.getByLabel("Lifetime").fill("60");
}

async function guest() {
  await show("Guest");
  seen.empty = await page.getByText("No token yet").isVisible();
  await act("Generate", "genuine, valid");
  const [id, handle] = [await text("userId"), await text("guestHandle")];
  await page.getByRole("combobox", { name: "Guest" }).selectOption({ label: id });
  await act("Generate", "genuine, valid");
  seen.guest = { id, handle: handle.split(".").length, same: (await text("userId")) === id };
  seen.guest.revoked = await act("Revoke", "genuine, revoked");
  seen.guest.renewed = await act("Renew", "genuine, valid");
  seen.guest.deleted = await act("Delete identity", "genuine, revoked");
  seen.guest.left = await page.getByRole("combobox", { name: "Guest" }).locator("option").allTextContents();
  seen.errors.guest = await fail("Renew");
}

async function me() {
  await show("Signed in");
  const person = page.getByLabel("Person");
  for (const user of await person.locator("option").allTextContents()) {
    await person.selectOption(user);
    await act("Generate", "genuine, valid");
    seen.users[user] = [await text("userId")];
  }
  await page.getByLabel(/Teams user/).check();
  for (const user of Object.keys(seen.users).filter((each) => !each.startsWith("mia"))) {
    await person.selectOption(user);
    await act("Generate", "genuine, valid");
    seen.users[user].push(await text("userId"));
  }
  await person.selectOption("mia@contoso.example");
  seen.errors.mia = await fail("Generate");
}

// Clicks, and waits until the page has said what it did; the page takes that away again soon.
async function tell(name, said) {
  await Promise.all([responded("/local/requests"), button(name).click()]);
  await page.waitForFunction((expected) => window.said.at(-1) === expected, said);
  await measure();
}

async function opened(act) {
  const [tab] = await Promise.all([page.context().waitForEvent("page"), act()]);
  await tab.setViewportSize({ width: 320, height: 700 });
  return tab;
}

async function inTab(tab, act) {
  const first = page;
  page = tab;
  await act();
  page = first;
}

async function invitations() {
  await show("Backend");
  await choose("voip");
  await page.getByLabel("Guests", { exact: true }).fill("2");
  await tell("Invite", "invited");
  seen.link = await text("link");
  const guestTab = await opened(() => page.locator("#link").click());
  await inTab(guestTab, async () => {
    await page.getByRole("radio", { name: "Guest" }).and(page.locator(":checked")).waitFor();
    seen.invited = { invitation: await page.getByLabel("Invitation").inputValue(), address: page.url() };
    seen.invited.first = await act("Generate", "genuine, valid");
  });
  await tell("Withdraw", "withdrawn");
  const id = await guestTab.locator("#userId").textContent();
  await page.getByLabel("User id", { exact: true }).fill(id);
  await tell("Ban user id", "banned");
  await inTab(guestTab, async () => {
    seen.errors.withdrawn = await fail("Generate");
    seen.errors.banned = await fail("Renew");
  });
  await tell("Lift ban", "ban lifted");
  await inTab(guestTab, async () => (seen.lifted = await act("Renew", "genuine, valid")));
  await tell("Invite", "invited");
  await page.getByLabel("with its guests").check();
  await tell("Withdraw", "withdrawn");
  await page.getByLabel("User id", { exact: true }).fill("");
  seen.errors.nobody = await fail("Ban user id");
  seen.violations.push(...(await guestTab.evaluate(() => window.violations)));
  await guestTab.close();
}

async function accessibility() {
  seen.unnamed = await page.evaluate(() =>
    [...document.querySelectorAll("button, input, select, progress")]
      .filter((each) => !(each.labels?.length || each.ariaLabel || each.textContent.trim()))
      .map((each) => each.outerHTML),
  );
  await page.getByRole("radio", { name: "Signed in" }).focus();
  await page.keyboard.press("ArrowRight");
  seen.selected = await page.locator("[name=tab]:checked").getAttribute("id");
  seen.focus = [];
  while (seen.focus.at(-1)?.[0] !== "code") {
    seen.focus.push(await page.evaluate(() => {
      const { id, type, value, textContent, parentElement } = document.activeElement;
      const ringed = type === "radio" ? parentElement : document.activeElement;
      return [id || value || textContent, getComputedStyle(ringed).outlineStyle];
    }));
    await page.keyboard.press("Tab");
  }
  const back = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  seen.light = await back();
  await page.emulateMedia({ colorScheme: "dark" });
  seen.dark = await back();
}

await inBrowser(executablePath, async (firstTab) => {
  page = firstTab;
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: address });
  const tabs = page.context();
  tabs.on("console", (each) => seen.console.push(`${each.type()} ${each.text()}`));
  tabs.on("weberror", (each) => seen.console.push(String(each.error())));
  tabs.on("request", (each) => {
    const url = new URL(each.url());
    seen.origins.push(url.origin);
    if (each.method() === "DELETE" && url.pathname.includes("/invitations/")) seen.withdrawals.push(url.search);
  });
  await tabs.addInitScript(() => {
    window.violations = [];
    window.said = [];
    addEventListener("DOMContentLoaded", () => {
      const status = document.getElementById("status");
      const note = () => status.textContent && window.said.push(status.textContent);
      new MutationObserver(note).observe(status, { childList: true });
    });
    addEventListener("securitypolicyviolation", (each) => window.violations.push(each.violatedDirective));
  });
  await page.setViewportSize({ width: 320, height: 700 });
  await Promise.all([responded("/local/requests"), page.goto(`${address}/`)]);
  await functionKey();
  await backend();
  await guest();
  await me();
  await invitations();
  await show("Signed in");
  await accessibility();
  await show("Backend");
  seen.violations.push(...(await page.evaluate(() => window.violations)));
});
seen.origins = [...new Set(seen.origins)];
console.log(JSON.stringify(seen));
