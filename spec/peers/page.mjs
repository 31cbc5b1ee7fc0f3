// People at the page of `crier serve`, in a real browser: an author, an operator, an
// approver and a viewer, each in a window of their own.  Prints what they saw, a line
// of JSON each.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { url, cloud, keys, browser: executablePath, shots } = JSON.parse(process.env.PEER);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const say = (name, found) => console.log(JSON.stringify({ name, found }));

// Colours are looked at in light and in dark, everything else in wide and in narrow.
const COLOURS = "color-contrast";
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const LOOKS = {
  light: { colorScheme: "light", width: 1280, height: 900, axe: { runOnly: RULES } },
  narrow: { colorScheme: "light", width: 375, height: 800,
    axe: { runOnly: RULES, rules: { [COLOURS]: { enabled: false } } } },
  dark: { colorScheme: "dark", width: 1280, height: 900, axe: { runOnly: [COLOURS] } },
};

const requests = []; // what left the browser
const complaints = []; // of its console, and of the policy
const flaws = []; // that axe found, and what does not fit

if (shots) mkdirSync(shots, { recursive: true });
const browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid() !== 0 });

async function open() {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.on("request", (one) => requests.push(one.url()));
  page.on("console", (one) => ["error", "warning"].includes(one.type()) && complaints.push(one.text()));
  page.on("pageerror", (problem) => complaints.push(String(problem)));
  await page.goto(url);
  return page;
}

async function signIn(name, page) {
  page ??= await open();
  await page.getByLabel("Key").fill(keys[name]);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Campaigns" }).waitFor();
  return page;
}

// Looks at a view, or at a part of it, in each light and width; keeps pictures where they are wanted.
async function look(page, view, part = "html", looks = LOOKS) {
  for (const [name, { colorScheme, axe: options, ...size }] of Object.entries(looks)) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.evaluate(`window.axe || (() => {${axe}})()`);
    const { violations } = await page.evaluate(([where, asked]) => window.axe.run(where, asked),
      [part, { resultTypes: ["violations"], preload: false, ...options }]);
    flaws.push(...violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
      .map(({ id, nodes }) => `${view}, ${name}: ${id} ${nodes[0].html}`));
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (over > 0) flaws.push(`${view}, ${name}: ${over} px too wide`);
    if (shots) await page.screenshot({ path: `${shots}/${view}-${name}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
}

// Looks at one that is made of parts which are looked at elsewhere: in light alone, unless
// there are to be pictures.
const glance = (page, view, part = "main") => look(page, view, part, shots ? LOOKS : { light: LOOKS.light });
// A campaign without its people, who look the same in each.
const TOP = { include: ["main"], exclude: ["section:has(#people)"] };

const state = (page, text) => page.locator(".now .state", { hasText: text }).waitFor();
const words = (page) => page.locator("body").innerText();
const buttons = (page) => page.locator("main button:visible").allInnerTexts();
const button = (page, name) => page.getByRole("button", { name, exact: true });
const numbers = async (page) => Object.fromEntries(await page.locator(".tiles div").evaluateAll((all) =>
  all.map((one) => [one.querySelector("dt").textContent, parseInt(one.querySelector("dd").textContent, 10)])));

// Waits until something holds; the page's policy lets no test be evaluated in it.
async function until(holds, what) {
  for (let i = 0; i < 300; i++) {
    if (await holds()) return;
    await new Promise((resume) => setTimeout(resume, 50));
  }
  throw new Error(`it never holds: ${what}`);
}

// Answers the question that a button asks.
async function confirm(page, name) {
  await button(page, name).click();
  const box = page.getByRole("dialog");
  await box.getByRole("button", { name }).waitFor();
  const typed = box.getByLabel(/^Type/);
  if (await typed.count()) {
    const blank = await box.getByRole("button", { name }).isDisabled();
    await typed.fill((await box.getByText(/^Type/).innerText()).match(/[\d,]+/)[0]);
    if (!blank) complaints.push(`${name} can be confirmed without typing`);
  }
  await box.getByRole("button", { name }).click();
  await box.waitFor({ state: "hidden" });
}

// Plans a script; gives the address of the plan.
async function plan(page, script) {
  await page.getByRole("link", { name: "Plans" }).first().click();
  await button(page, `Plan ${script}`).click();
  await page.getByText("The plan is complete").waitFor();
  return page.url();
}

// Nobody has signed in.  All looks are the operator's, since axe takes long to be read.
const bo = await open();
await bo.getByLabel("Key").waitFor();
say("stranger", { words: await words(bo), title: await bo.title() });
await look(bo, "sign-in");
say("before the wrong key", complaints.splice(0));
await bo.getByLabel("Key").fill("crier_wrong");
await button(bo, "Sign in").click();
say("wrong key", await bo.getByRole("alert").innerText());
complaints.length = 0; // the browser reports the 401
await signIn("bo", bo);

// By the keys of the keyboard alone.
const ana = await signIn("ana");
await ana.keyboard.press("Tab");
const skip = await ana.evaluate(() => document.activeElement.textContent);
await ana.keyboard.press("Enter");
say("skip", [skip, await ana.evaluate(() => document.activeElement.id)]);

// The author plans, and tries it.
const address = await plan(ana, "signed.lua");
say("plan", { words: await words(ana), buttons: await buttons(ana), card: await ana.locator(".card").innerText() });
await button(ana, "Send me a test").click();
await ana.getByRole("dialog").waitFor();
await ana.keyboard.press("Escape");
await ana.getByRole("dialog").waitFor({ state: "hidden" });
say("escape", await ana.evaluate(() => document.activeElement.textContent));
await button(ana, "Send me a test").click();
await ana.getByLabel(/UPNs or ids/).fill(keys.somebody);
await ana.getByRole("dialog").getByRole("button", { name: "Send me a test" }).click();
await ana.getByRole("link", { name: /^Watch signed/ }).click();
await state(ana, "finished");
say("test", { title: await ana.title(), numbers: await numbers(ana) });

// The operator starts it, and waits for the approver.
await bo.goto(address);
await bo.locator(".card").waitFor();
await look(bo, "plan");
await button(bo, "Start").click();
await look(bo, "question", "dialog[open]");
await bo.keyboard.press("Escape");
await bo.getByRole("dialog").waitFor({ state: "hidden" });
await confirm(bo, "Start");
await state(bo, "waits for approval");
say("led to", await bo.evaluate(() => document.activeElement.id));
say("started", { buttons: await buttons(bo) });
const cy = await signIn("cy");
await cy.getByRole("paragraph").getByRole("link", { name: "signed" }).click();
await state(cy, "waits for approval");
await cy.locator(".card").waitFor();
await cy.getByRole("radio", { name: "de" }).check();
say("to approve", { buttons: await buttons(cy), card: await cy.locator(".card").innerText() });
await glance(cy, "approval", TOP);
await confirm(cy, "Approve");
await cy.close();
await state(bo, "approved"); // without being loaded again
await confirm(bo, "Start");
await state(bo, "finished");
say("finished", { numbers: await numbers(bo), buttons: await buttons(bo) });
await bo.locator(".plot rect").first().waitFor();
await look(bo, "campaign");
await bo.locator("section:has(#people) tbody a").first().click();
await bo.getByText("The whole story").waitFor();
await glance(bo, "person");
await bo.getByRole("link", { name: "Campaigns" }).first().click();
await bo.getByRole("link", { name: "signed", exact: true }).waitFor();
await look(bo, "campaigns");

// The viewer looks, and finds somebody.
const vera = await signIn("vera");
await vera.getByRole("link", { name: "Plans" }).first().click();
await vera.getByText("signed.lua").waitFor();
say("may not", await buttons(vera));
await vera.route("**/v1/scripts", (one) => one.fulfill({ json: { scripts: [null] } }));
await button(vera, "Load it again").waitFor();
await vera.unroute("**/v1/scripts");
await button(vera, "Load it again").click();
await vera.getByText("signed.lua").waitFor();
await vera.getByRole("link", { name: "Campaigns" }).first().click();
await vera.getByRole("link", { name: "signed", exact: true }).click();
await state(vera, "finished");
await vera.getByLabel("Name, UPN or id").fill(keys.somebody);
const people = vera.locator("section:has(#people) tbody tr");
await until(async () => await people.count() === 1, "one is found");
say("found", { row: await people.innerText(), buttons: await buttons(vera) });
await people.getByRole("link").click();
await vera.locator(".card").waitFor();
say("person", { words: await words(vera), card: await vera.locator(".card").innerText() });
await vera.goBack();
await until(async () => (await vera.evaluate(() => document.activeElement.textContent)) === "Keisha Washington",
  "the focus is where it was");
say("back", [await vera.getByLabel("Name, UPN or id").inputValue(), await people.count()]);
await button(vera, "disabled").click();
await until(async () => {
  const rows = await people.allInnerTexts();
  return rows.length > 0 && rows.every((row) => row.includes("disabled"));
}, "a reason");
say("of a reason", await people.allInnerTexts());

// A poll is answered while the operator looks.
const poll = await plan(ana, "poll.lua");
await bo.goto(poll);
await confirm(bo, "Start");
await state(bo, "finished");
const answers = bo.locator("section:has(#results)");
await answers.getByText("0 of 55").waitFor();
say("asked", (await answers.innerText()).replace("Answers\n\n", ""));
const got = (await (await fetch(`${cloud}/_sandbox/deliveries`)).text()).trim().split("\n").map((line) =>
  JSON.parse(line)).filter((one) => JSON.stringify(one.activity).includes("What will you eat")).slice(0, 6);
for (const [i, one] of got.entries()) {
  const [action] = one.activity.attachments[0].content.actions;
  const data = { ...action.data, dish: i < 2 ? "1" : "2", why: i === 0 ? "Because." : "" };
  const { status } = await fetch(`${cloud}/_sandbox/execute`, { method: "POST", body: JSON.stringify({
    user: one.recipient, reply_to: one.activity_id, verb: action.verb, data }) });
  if (status !== 202) complaints.push(`an answer: ${status}`);
}
await answers.getByText("6 of 55").waitFor({ timeout: 30000 });
await look(bo, "poll", "section:has(#results)");
say("answers", (await answers.innerText()).replace("Answers\n\n", ""));

// It rests, though everything is sent, and goes on.
await confirm(bo, "Pause");
await state(bo, "paused");
const resting = await buttons(bo);
await confirm(bo, "Resume");
await state(bo, "finished");
say("rested", { resting, going: await buttons(bo) });

// Another one is paused, resumed and cancelled.
const slow = await plan(ana, "slow.lua");
await bo.goto(slow);
await confirm(bo, "Start");
await state(bo, "running");
await vera.getByRole("link", { name: "Campaigns" }).first().click();
await vera.getByRole("link", { name: "slow", exact: true }).click();
await state(vera, "running");
await people.first().waitFor();
say("watched", { buttons: await buttons(vera) });
await vera.close();
await confirm(bo, "Pause");
await state(bo, "paused");
const paused = await buttons(bo);
await confirm(bo, "Resume");
await state(bo, "running");
await glance(bo, "running", TOP);
await confirm(bo, "Cancel campaign");
await state(bo, "cancelled");
await until(async () => (await numbers(bo)).pending === 0, "nobody is pending");
say("cancelled", { paused, numbers: await numbers(bo), buttons: await buttons(bo) });

// What cannot be planned says why.
await ana.getByRole("link", { name: "Plans" }).first().click();
await glance(ana, "plans");
await button(ana, "Plan bad.lua").click();
await ana.getByText("This cannot be sent.").waitFor();
say("bad", await ana.getByRole("alert").innerText());
await ana.getByRole("link", { name: "Plans" }).first().click();
await button(ana, "Plan signed.lua").click();
await ana.locator(".card").waitFor();
await glance(ana, "over");
say("over", { words: await words(ana), buttons: await buttons(ana) });

say("kept", await bo.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length]));
await button(bo, "Sign out").click();
await bo.getByLabel("Key").waitFor();
say("signed out", await words(bo));
say("requests", [...new Set(requests)]);
say("complaints", complaints);
say("flaws", flaws);
await browser.close();
