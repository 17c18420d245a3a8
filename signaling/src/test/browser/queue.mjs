/**
 * A full space: a newcomer sees its place, keeps it over a reload, gets in by itself when somebody leaves, and hears the
 * tone. The host comes in at any time. Whoever leaves while waiting or joining has left.
 * Arguments: address of a server that takes one listener.
 */
import {
  check, chromium, createSpace, hears, joinByPage, pageWithTone, scenario, sleep, startMeasuring, token, until,
} from "./browsers.mjs";
import { TcpProxy } from "./network.mjs";

const [base] = process.argv.slice(2);
const TONE_HZ = 440;

/** Opens the space's page and presses its button; where that leads is the server's to say. */
async function knock(page, space, name, address = base) {
  await page.goto(`${address}/s/${space.id}`);
  await until("the lobby", () => page.evaluate(() => document.getElementById("lobby-title")?.textContent.length > 1));
  await page.evaluate((value) => {
    document.getElementById("name").value = value;
  }, name);
  await page.click("#join-button");
}

/** Makes the page's browser refuse to keep anything, as some do by a setting. */
function keepNothing(page) {
  return page.evaluateOnNewDocument(() => {
    for (const store of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, store, {
        get() {
          throw new DOMException("The operation is insecure.", "SecurityError");
        },
      });
    }
  });
}

function place(page) {
  return page.evaluate(() =>
    document.getElementById("queue").hidden ? "" : document.getElementById("queue-place").textContent,
  );
}

await scenario("queue", async () => {
  const space = await createSpace(base, "A full house");
  const browser = await chromium();
  const inside = await pageWithTone(browser, 0);
  await joinByPage(inside, base, space, undefined, "In");

  const speaker = await pageWithTone(browser, TONE_HZ);
  await joinByPage(speaker, base, space, space.tokens.host, "Ada");
  await startMeasuring(inside);
  await hears(inside, TONE_HZ);

  const first = await pageWithTone(browser, 0);
  await knock(first, space, "First");
  await until("the first sees its place", async () => (await place(first)).startsWith("Full. You are number 1."));
  const second = await pageWithTone(browser, 0);
  await knock(second, space, "Second");
  await until("the second sees its place", async () => (await place(second)).startsWith("Full. You are number 2."));
  console.log(`the second reads: ${await place(second)}`);

  // The time that a wait will take counts down, but only a new place is read out.
  const wait = await second.evaluate(async () => {
    const { session } = window.rostrum;
    const tell = (position) => {
      session.place = { position, estimateSeconds: 60, full: false };
      session.dispatchEvent(new CustomEvent("queued", { detail: session.place }));
    };
    const before = session.place;
    tell(2);
    const seen = { shown: new Set(), readOut: 0 };
    const watch = new MutationObserver((changes) => {
      seen.shown.add(document.getElementById("queue-place").textContent);
      const live = ({ target }) => target.closest("[aria-live]")?.ariaLive ?? "off";
      seen.readOut += changes.filter((change) => live(change) !== "off").length;
    });
    watch.observe(document.getElementById("queue"), { childList: true, subtree: true });
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    const counting = { shown: [...seen.shown], readOut: seen.readOut };
    tell(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    watch.disconnect();
    session.place = before;
    session.dispatchEvent(new CustomEvent("queued", { detail: before }));
    return { ...counting, readOutAfter: seen.readOut };
  });
  check(wait.shown.length >= 2 && wait.shown.every((text) => /^You are number 2. About \d+ s.$/.test(text)), JSON.stringify(wait));
  check(wait.readOut === 0 && wait.readOutAfter > 0, `what a screen reader is told of a wait: ${JSON.stringify(wait)}`);
  check((await place(second)).startsWith("Full. You are number 2."), `after the wait: ${await place(second)}`);

  await first.reload();
  await knock(first, space, "First");
  await until("the first has its place again", async () => (await place(first)).startsWith("Full. You are number 1."));

  // Whoever waits has no media yet, and nothing that could be lost: a long wait must end nothing.
  await sleep(9_000);
  for (const [page, number] of [[first, 1], [second, 2]]) {
    check((await place(page)).startsWith(`Full. You are number ${number}.`), `after a long wait: ${await place(page)}`);
    check((await page.evaluate(() => window.rostrum.session.state)) === "queued", "who waits is no longer queued");
  }

  // Another speaker is let in at once: the stage has places of its own.
  const other = await pageWithTone(browser, 0);
  await keepNothing(other);
  await joinByPage(other, base, space, await token(base, space, "speaker", "Bob"), "Bob");

  const clickedAt = Date.now();
  await inside.click("#leave");
  await until("the first is in", () => first.evaluate(() => window.rostrum.session?.state === "live"));
  console.log(`from another's leaving to being in: ${Date.now() - clickedAt} ms`);
  await startMeasuring(first);
  await hears(first, TONE_HZ);
  await until("the second moves up", async () => (await place(second)).startsWith("Full. You are number 1."));
  check(
    (await first.evaluate(() => document.getElementById("unblock").hidden)),
    "the newcomer had to tap to hear",
  );

  await second.click("#queue-leave");
  await until("the second has left", () => second.evaluate(() => !document.getElementById("over").hidden));
  await sleep(1_500); // its place is given up: whoever comes now is the first
  const third = await pageWithTone(browser, 0);
  await keepNothing(third);
  await knock(third, space, "Third");
  await until("the third sees its place", async () => (await place(third)).startsWith("Full. You are number 1."));

  // Whoever leaves while the connection to the queue is lost has left: nothing goes on behind the last page.
  const proxy = new TcpProxy(new URL(base).port);
  await proxy.open();
  const fourth = await pageWithTone(browser, 0);
  await knock(fourth, space, "Fourth", `http://127.0.0.1:${proxy.port}`);
  await until("the fourth sees its place", async () => (await place(fourth)).startsWith("Full. You are number 2."));
  await proxy.cut();
  await sleep(200); // the page waits for its next try
  await fourth.click("#queue-leave");
  await until("the fourth has left", () => fourth.evaluate(() => !document.getElementById("over").hidden));
  await sleep(4_000);
  const after = await fourth.evaluate(() => ({
    over: !document.getElementById("over").hidden,
    connection: window.rostrum.session.peerConnection !== null,
  }));
  check(after.over && !after.connection, `after leaving the queue: ${JSON.stringify(after)}`);

  // At whichever moment a program leaves while it joins, join() says so.
  for (const afterMs of [0, 2, 5, 10, 20, 40]) {
    const said = await third.evaluate(
      async (url, ms) => {
        const { RostrumSession } = await import("/rostrum.js");
        const session = new RostrumSession({ url });
        const joining = session.join().catch(({ code }) => code);
        await new Promise((resolve) => setTimeout(resolve, ms));
        await session.leave();
        const late = new Promise((resolve) => setTimeout(resolve, 3_000, "nothing"));
        return [await Promise.race([joining, late]), session.state, session.peerConnection].join();
      },
      `${base}/v1/spaces/${space.id}/join`,
      afterMs,
    );
    check(said === "left,over,", `left ${afterMs} ms after joining, join() said ${said}`);
  }
});
