/**
 * Everything on the page by keyboard alone, and what a screen reader is told on the way.
 * Arguments: server's address, browser (chromium or firefox).
 */
import { check, chromium, firefox, pageWithTone, scenario, until } from "./browsers.mjs";

const [base, kind] = process.argv.slice(2);
const MOST_TABS = 40;

/** What has the focus: its text, or what a screen reader says instead. */
function focused(page) {
  return page.evaluate(() => {
    const one = document.activeElement;
    return one.getAttribute("aria-label") ?? (one.labels?.length ? one.labels[0].textContent : one.textContent.trim());
  });
}

async function tabTo(page, name) {
  const passed = [];
  for (let i = 0; i < MOST_TABS; i++) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (now === name) {
      return i + 1;
    }
    passed.push(now);
  }
  throw new Error(`no way to "${name}" by Tab; passed ${[...new Set(passed)].join(", ")}`);
}

async function press(page, name) {
  await page.bringToFront(); // a browser gives the keyboard to one of its tabs
  const tabs = await tabTo(page, name);
  const seen = await page.evaluate(
    // A browser with several tabs shows the focus in one of them only.
    () => !document.hasFocus() || getComputedStyle(document.activeElement).outlineStyle !== "none",
  );
  check(seen, `the focus on "${name}" can't be seen`);
  await page.keyboard.press("Enter");
  return tabs;
}

const live = (page) => until("live", () => page.evaluate(() => window.rostrum.session?.state === "live"));
const says = (page, id, text) =>
  until(`#${id} says "${text}"`, () =>
    page.evaluate((one, wanted) => document.getElementById(one).textContent.includes(wanted), id, text),
  );

/** Back or forward in the history, until a view is there; the page that is asked may be gone by then. */
async function turn(page, steps, view) {
  await page.evaluate((by) => void setTimeout(() => history.go(by)), steps);
  await until(`back at the ${view}`, () =>
    page.evaluate((one) => document.getElementById(one)?.hidden === false, view).catch(() => false),
  );
}

/** All that a screen reader can reach: role and name. */
async function reachable(page) {
  const all = [];
  const walk = (node) => {
    all.push(node);
    (node.children ?? []).forEach(walk);
  };
  walk(await page.accessibility.snapshot({ interestingOnly: false }));
  return all;
}

async function checkNames(page, where, wanted) {
  if (kind !== "chromium") {
    return; // only its protocol gives the tree
  }
  const all = await reachable(page);
  const nameless = all.filter(({ role, name }) => ["button", "link", "textbox", "heading", "list"].includes(role) && !name);
  check(nameless.length === 0, `${where}: without a name: ${JSON.stringify(nameless.map(({ role }) => role))}`);
  for (const [role, name] of wanted) {
    check(
      all.some((node) => node.role === role && node.name === name),
      `${where}: no ${role} "${name}" among ${JSON.stringify(all.filter((n) => n.role === role).map((n) => n.name))}`,
    );
  }
}

await scenario(`by keyboard alone (${kind})`, async () => {
  const browser = await (kind === "chromium" ? chromium() : firefox());
  const host = await pageWithTone(browser, 440);
  await host.goto(`${base}/`);
  await until("the front page", () => host.evaluate(() => !document.getElementById("home").hidden));
  await checkNames(host, "the front page", [
    ["heading", "Start a live space"], ["textbox", "What is it about?"], ["textbox", "Your name"],
    ["button", "Create the space"],
  ]);
  await tabTo(host, "What is it about?");
  await host.keyboard.type("By keyboard");
  await tabTo(host, "Your name");
  await host.keyboard.type("Ada");
  await Promise.all([host.waitForNavigation(), host.keyboard.press("Enter")]);
  await until("the lobby", () => host.evaluate(() => document.getElementById("lobby-title")?.textContent === "By keyboard"));
  await says(host, "lobby-detail", "everybody hears you at once");
  await turn(host, -1, "home");
  check(
    await host.evaluate(() => !document.querySelector("#create button").disabled && document.getElementById("status").textContent === ""),
    "no other space can be created after going back",
  );
  await turn(host, 1, "lobby");
  await press(host, "Join");
  await live(host);
  check((await focused(host)) === "By keyboard", `the room's heading has no focus, but "${await focused(host)}"`);
  await host.keyboard.press("m");
  await says(host, "mute", "Unmute");
  await host.keyboard.press("m");
  await says(host, "mute", "Mute");

  const guest = await pageWithTone(browser, 660);
  await guest.goto(await host.evaluate(() => location.href.split("#")[0]));
  await until("the lobby", () => guest.evaluate(() => document.getElementById("lobby-title")?.textContent === "By keyboard"));
  await says(guest, "lobby-detail", "ou will hear the");
  await guest.bringToFront();
  await tabTo(guest, "Your name");
  await guest.keyboard.type("Grace");
  await guest.keyboard.press("Enter");
  await live(guest);
  await checkNames(guest, "the listener's room", [
    ["heading", "By keyboard"], ["list", "On stage · 1"], ["button", "Raise hand"], ["button", "Leave"],
    ["group", "Your controls"],
  ]);
  await press(guest, "Raise hand");
  await says(guest, "hand", "Lower hand");
  check((await focused(guest)) === "Lower hand", "the hand's button lost the focus");

  await until("the hand is seen", () => host.evaluate(() => !document.getElementById("hands-panel").hidden));
  await checkNames(host, "the host's room", [
    ["list", "Raised hands"], ["button", "Let Grace speak"], ["button", "Lower the hand of Grace"],
  ]);
  const tabs = await press(host, "Let Grace speak");
  await until("Grace is on stage", () => guest.evaluate(() => window.rostrum.session.onStage));
  await until("her tile is there", () => host.evaluate(() => document.querySelectorAll("#stage li").length === 2));
  await checkNames(host, "the stage", [["button", "Mute Grace"], ["button", "Send Grace off the stage"]]);
  await press(host, "Send Grace off the stage");
  await until("Grace is off the stage", () => guest.evaluate(() => !window.rostrum.session.onStage));

  await press(guest, "Leave");
  await until("the page says so", () => guest.evaluate(() => !document.getElementById("over").hidden));
  check((await focused(guest)) === "You have left.", `the last heading has no focus, but "${await focused(guest)}"`);
  await checkNames(guest, "the end", [["heading", "You have left."], ["button", "Join again"]]);
  console.log(`${kind}: by keyboard alone; ${tabs} Tabs from the room's heading to the first raised hand`);
});
