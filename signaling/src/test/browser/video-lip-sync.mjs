/**
 * How far sound and picture of one speaker are apart: every second the speaker beeps and marks the picture meanwhile, and
 * the listener's page notes when it hears the one and shows the other. Goal: at most 120 ms.
 * Arguments: server's address, who publishes, who watches, for how many seconds.
 */
import { checkTimed, chromium, firefox, joinByPage, scenario, sleep, startMeasuring } from "./browsers.mjs";
import { createVideoSpace, pageWithCamera, seesHeight, showCamera, watchPictures } from "./pictures.mjs";

const [base, publishing = "chromium", watching = "chromium", seconds = "30"] = process.argv.slice(2);
const LISTEN_MS = 1_000 * Number(seconds);

await scenario(`lip sync (${publishing} to ${watching})`, async () => {
  const browsers = {};
  for (const kind of new Set([publishing, watching])) {
    browsers[kind] = kind === "firefox" ? await firefox() : await chromium();
  }
  const space = await createVideoSpace(base, "Lips");
  const publisher = await pageWithCamera(browsers[publishing], { identity: 1, hz: 880, beeps: true });
  await joinByPage(publisher, base, space, space.tokens.host, "Ada");
  await showCamera(publisher);
  const listener = await pageWithCamera(browsers[watching], { identity: 2 });
  await joinByPage(listener, base, space, undefined, "Listener");
  await watchPictures(listener);
  await startMeasuring(listener);
  await seesHeight(listener, "the picture", (height) => height > 0, 15_000);
  await sleep(5_000); // the jitter buffers come to rest
  await listener.evaluate(() => {
    window.beepsHeard = [];
    let loud = false;
    setInterval(() => {
      const now = window.ears.loudness() > 0.02;
      if (now && !loud) {
        window.beepsHeard.push(performance.timeOrigin + performance.now());
      }
      loud = now;
    }, 4);
  });
  const sinceMs = Date.now();
  await sleep(LISTEN_MS);
  const { heard, seen } = await listener.evaluate((since) => {
    const frames = window.frames_.filter(({ atMs, readable }) => readable && atMs >= since);
    const marks = frames.filter(({ beep }, i) => beep && i > 0 && !frames[i - 1].beep).map(({ shownMs }) => shownMs);
    return { heard: window.beepsHeard, seen: marks };
  }, sinceMs);
  const skews = heard
    .map((at) => seen.map((shown) => at - shown).sort((a, b) => Math.abs(a) - Math.abs(b))[0])
    .filter((skew) => skew !== undefined && Math.abs(skew) < 500)
    .sort((a, b) => a - b);
  checkTimed(skews.length > (LISTEN_MS / 1000) * 0.6, `only ${skews.length} beeps were both heard and seen`);
  const at = (part) => Math.round(skews[Math.floor(part * (skews.length - 1))]);
  console.log(`sound minus picture in ms over ${skews.length} beeps: median ${at(0.5)}, p5 ${at(0.05)}, p95 ${at(0.95)}`);
  checkTimed(Math.abs(at(0.5)) <= 120, `sound and picture are ${at(0.5)} ms apart`);
});
