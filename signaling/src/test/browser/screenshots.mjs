/**
 * Takes the pictures of the README and of a review: each state of the page at 1280 and 390 px.
 * Arguments: server's address, folder for the pictures.
 */
import { chromium, createSpace, joinByPage, pageWithTone, scenario, sleep, token, until } from "./browsers.mjs";

const [base, folder] = process.argv.slice(2);
const WIDTHS = { 1280: 800, 390: 844 };

async function shoot(page, name) {
  for (const [width, height] of Object.entries(WIDTHS)) {
    await page.setViewport({ width: Number(width), height });
    await sleep(150);
    await page.screenshot({ path: `${folder}/${name}-${width}.png` });
  }
}

await scenario("screenshots", async () => {
  const browser = await chromium();
  const front = await pageWithTone(browser, 0);
  await front.goto(`${base}/`);
  await until("the front page", () => front.evaluate(() => !document.getElementById("home").hidden));
  await shoot(front, "front");

  const space = await createSpace(base, "Morning briefing: what the river tells us");
  const lobby = await pageWithTone(browser, 0);
  await lobby.goto(`${base}/s/${space.id}`);
  await until("the lobby", () =>
    lobby.evaluate(() => document.getElementById("lobby-title").textContent.startsWith("Morning")),
  );
  await shoot(lobby, "lobby");

  const host = await pageWithTone(browser, 440, 0.4);
  await joinByPage(host, base, space, space.tokens.host, "Ada Lovelace");
  for (const [name, hz] of [["Grace Hopper", 660], ["Alan Turing", 880], ["Mary Jackson", 0]]) {
    const speaker = await pageWithTone(browser, hz || 100, hz ? 0.3 : 0);
    await joinByPage(speaker, base, space, await token(base, space, "speaker", name), name);
  }
  const listener = await pageWithTone(browser, 550, 0.2);
  await joinByPage(listener, base, space, undefined, "Katherine Johnson");
  await listener.click("#hand");
  await until("speaking is shown", () =>
    host.evaluate(() => document.querySelectorAll(".person.speaking").length >= 2),
  );
  await until("the hand is seen", () => host.evaluate(() => !document.getElementById("hands-panel").hidden));
  await shoot(host, "room-host");
  await shoot(listener, "room-listener");

  await host.click("#hands .acts button");
  await until("the listener is on stage", () => listener.evaluate(() => window.rostrum.session.onStage));
  await until("the new speaker is heard", () =>
    host.evaluate(() =>
      [...document.querySelectorAll(".person.speaking .who")].some(({ textContent }) => textContent.startsWith("Katherine")),
    ),
  );
  console.log(`promoted with ${await listener.evaluate(() => window.rostrum.session.negotiations)} negotiation in all`);
  await shoot(listener, "room-promoted");

  await fetch(`${base}/v1/spaces/${space.id}`, {
    method: "DELETE",
    headers: { Authorization: `Bearer ${space.tokens.host}` },
  });
  await until("the end is told", () => listener.evaluate(() => !document.getElementById("over").hidden));
  await shoot(listener, "over");
});
