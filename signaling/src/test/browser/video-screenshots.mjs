/**
 * Pictures of the video stage at 1280 and 390 px.
 * Arguments: server's address, folder for the pictures.
 */
import { chromium, joinByPage, scenario, sleep, token, until } from "./browsers.mjs";
import { createVideoSpace, pageWithCamera, showCamera, showScreen } from "./pictures.mjs";

const [base, folder] = process.argv.slice(2);
const WIDTHS = { 1280: 800, 390: 844 };

async function shoot(page, name) {
  for (const [width, height] of Object.entries(WIDTHS)) {
    await page.setViewport({ width: Number(width), height });
    await sleep(2_000);
    await page.screenshot({ path: `${folder}/${name}-${width}.png` });
  }
}

await scenario("pictures of the video stage", async () => {
  const browser = await chromium();
  const space = await createVideoSpace(base, "Morning briefing: what the river tells us");
  const host = await pageWithCamera(browser, { identity: 1, still: true });
  await joinByPage(host, base, space, space.tokens.host, "Ada Lovelace");
  await showCamera(host);
  const people = [];
  for (const [i, name] of ["Grace Hopper", "Alan Turing", "Mary Jackson"].entries()) {
    const page = await pageWithCamera(browser, { identity: 2 + i, hz: 440 + 110 * i, still: true });
    await joinByPage(page, base, space, await token(base, space, "speaker", name), name);
    if (i < 2) {
      await showCamera(page);
    }
    people.push(page);
  }
  const listener = await pageWithCamera(browser, { identity: 9 });
  await joinByPage(listener, base, space, undefined, "Katherine Johnson");
  await until("three tiles", () => listener.evaluate(() => document.querySelectorAll(".picture").length === 3));
  await until("three pictures", () =>
    listener.evaluate(() => [...document.querySelectorAll(".picture video")].every(({ videoWidth }) => videoWidth > 0)),
  ).catch((error) => console.log(`not all pictures came: ${error.message}`));
  await shoot(listener, "video-listener");
  await shoot(host, "video-host");
  await showScreen(people[2]);
  await until("four tiles", () => listener.evaluate(() => document.querySelectorAll(".picture").length === 4));
  await shoot(listener, "video-screen");
});
