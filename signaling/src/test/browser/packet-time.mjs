/**
 * A server that asks speakers for longer packets (--opus-ptime) gets them: Chromium sends so many fewer, and the tone is heard
 * as ever.
 * Arguments: server's address, the milliseconds that the server asks for.
 */
import {
  checkTimed, chromium, createSpace, hears, joinByPage, pageWithTone, scenario, sleep, startMeasuring, statistics,
} from "./browsers.mjs";

const [base, packetTime] = process.argv.slice(2);
const TONE_HZ = 440;
const WINDOW_MS = 4_000;

await scenario(`packets of ${packetTime} ms`, async () => {
  const space = await createSpace(base, "Longer packets");
  const browser = await chromium();
  const speaker = await pageWithTone(browser, TONE_HZ);
  await joinByPage(speaker, base, space, space.tokens.host, "Ada");
  const listener = await pageWithTone(browser, 0);
  await joinByPage(listener, base, space, undefined, "Listener");
  await startMeasuring(listener);
  await hears(listener, TONE_HZ);
  await sleep(2_000); // packets of the old length until the answer is in force

  const received = async () => (await statistics(listener)).reduce((sum, row) => sum + row.packetsReceived, 0);
  const expected = 1_000 / Number(packetTime);
  let perSecond = 0;
  // What a busy machine held up comes all at once: the first steady window counts.
  for (let window = 0; window < 5 && Math.abs(perSecond - expected) > 0.1 * expected; window++) {
    const before = await received();
    const sinceMs = performance.now();
    await sleep(WINDOW_MS);
    perSecond = (((await received()) - before) * 1_000) / (performance.now() - sinceMs);
    console.log(`${perSecond.toFixed(1)} packets a second reach a listener, where ${expected.toFixed(1)} were asked for`);
  }
  checkTimed(Math.abs(perSecond - expected) <= 0.1 * expected, `${perSecond} packets a second instead of ${expected}`);
  await hears(listener, TONE_HZ);
});
