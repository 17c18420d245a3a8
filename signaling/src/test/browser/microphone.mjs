/**
 * The microphone is open while its owner may be heard, and not otherwise: it is pulled out, refused, asked for as its owner
 * leaves, and not asked for when somebody comes onto the stage muted. Whoever is muted sends nothing.
 * Arguments: server's address.
 */
import { check, chromium, createSpace, joinByPage, pageWithTone, scenario, sleep, token, until } from "./browsers.mjs";

const [base] = process.argv.slice(2);

/** A page that remembers each microphone that it was given; before it gets one, it waits for window.allow, if that is set. */
async function pageWithMicrophones(browser) {
  const page = await pageWithTone(browser, 440);
  await page.evaluateOnNewDocument(() => {
    const { mediaDevices } = navigator;
    const give = mediaDevices.getUserMedia;
    window.asked = 0;
    window.given = [];
    mediaDevices.getUserMedia = async (constraints) => {
      window.asked++;
      await window.mayOpen;
      if (window.refuse) {
        throw new DOMException("Permission dismissed", "NotAllowedError");
      }
      const stream = await give(constraints);
      window.given.push(...stream.getTracks());
      return stream;
    };
  });
  return page;
}

/** What the page has open, and what it says of it. */
function microphone(page) {
  return page.evaluate(() => {
    const line = document.getElementById("microphone-notice");
    return {
      asked: window.asked,
      open: window.given.filter(({ readyState }) => readyState === "live").length,
      sent: window.rostrum.session.peerConnection?.getSenders()[0].track?.readyState ?? "nothing",
      button: document.getElementById("mute").textContent,
      notice: line.hidden ? "" : line.textContent,
    };
  });
}

function shows(page, what, test) {
  return until(what, async () => test(await microphone(page))).catch(async (error) => {
    throw new Error(`${error.message}: ${JSON.stringify(await microphone(page))}`);
  });
}

await scenario("microphone", async () => {
  const browser = await chromium();
  const space = await createSpace(base, "Microphones");
  const invite = (name) => token(base, space, "speaker", name);
  const host = await pageWithTone(browser, 0);
  await joinByPage(host, base, space, space.tokens.host, "Host");

  // A browser tells that a track has ended where its page did not stop it: unplugged, or the permission taken back.
  const unplugged = await pageWithMicrophones(browser);
  await joinByPage(unplugged, base, space, await invite("Ada"), "Ada");
  await shows(unplugged, "the microphone is on", ({ sent, button }) => sent === "live" && button === "Mute");
  await unplugged.evaluate(() => {
    window.given[0].stop();
    window.given[0].dispatchEvent(new Event("ended"));
  });
  await shows(
    unplugged,
    "a microphone that was pulled out is told",
    ({ button, notice, sent }) => button === "Unmute" && notice.includes("unplugged") && sent === "nothing",
  );
  await until("others see that she is muted", () =>
    host.evaluate(() => [...window.rostrum.session.participants.values()].find(({ name }) => name === "Ada").muted),
  );
  check((await microphone(unplugged)).asked === 1, "another microphone was opened without its owner's will");
  await unplugged.click("#mute");
  await shows(unplugged, "she is heard again", ({ sent, notice }) => sent === "live" && notice === "");

  const ada = await unplugged.evaluate(() => window.rostrum.session.self.id);
  await host.evaluate((id) => window.rostrum.session.mute(id), ada);
  await shows(unplugged, "the host's mute keeps the sound here", ({ sent, button }) => sent === "nothing" && button === "Unmute");
  await unplugged.click("#mute");
  await shows(unplugged, "her own hand lets it out again", ({ sent, button }) => sent === "live" && button === "Mute");

  const leaves = await pageWithMicrophones(browser);
  await leaves.evaluateOnNewDocument(() => {
    window.mayOpen = new Promise((resolve) => (window.allow = resolve));
  });
  await joinByPage(leaves, base, space, await invite("Ben"), "Ben");
  await leaves.click("#leave");
  await until("Ben has left", () => leaves.evaluate(() => !document.getElementById("over").hidden));
  await leaves.evaluate(() => window.allow());
  await until("the microphone is given too late", () => leaves.evaluate(() => window.given.length === 1));
  await sleep(300);
  check((await microphone(leaves)).open === 0, "a microphone is open after leaving");

  const refused = await pageWithMicrophones(browser);
  await refused.evaluateOnNewDocument(() => {
    window.refuse = true;
  });
  await joinByPage(refused, base, space, await invite("Cy"), "Cy");
  await shows(refused, "a refusal is told", ({ button, notice }) => button === "Unmute" && notice.includes("may not use"));
  await sleep(500);
  check((await microphone(refused)).asked === 1, "whoever has refused is asked once more");

  const called = await pageWithMicrophones(browser);
  await joinByPage(called, base, space, undefined, "Di");
  const di = await called.evaluate(() => window.rostrum.session.self.id);
  await host.evaluate((id) => window.rostrum.session.promote(id), di);
  await shows(called, "whoever did not ask to speak comes muted", ({ button }) => button === "Unmute");
  await sleep(500);
  check((await microphone(called)).asked === 0, "whoever did not ask to speak is asked for a microphone");
  await called.click("#mute");
  await shows(called, "and speaks when they want to", ({ sent, button }) => sent === "live" && button === "Mute");
});
