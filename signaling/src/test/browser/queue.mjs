/**
 * A full space: a newcomer sees its place, keeps it over a reload, gets in by itself when somebody leaves, and hears the
 * tone. The host comes in at any time.
 * Arguments: address of a server that takes one listener.
 */
import {
  check, chromium, createSpace, hears, joinByPage, pageWithTone, scenario, sleep, startMeasuring, token, until,
} from "./browsers.mjs";

const [base] = process.argv.slice(2);
const TONE_HZ = 440;

/** Opens the space's page and presses its button; where that leads is the server's to say. */
async function knock(page, space, name) {
  await page.goto(`${base}/s/${space.id}`);
  await until("the lobby", () => page.evaluate(() => document.getElementById("lobby-title")?.textContent.length > 1));
  await page.evaluate((value) => {
    document.getElementById("name").value = value;
  }, name);
  await page.click("#join-button");
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
  await knock(third, space, "Third");
  await until("the third sees its place", async () => (await place(third)).startsWith("Full. You are number 1."));
});
