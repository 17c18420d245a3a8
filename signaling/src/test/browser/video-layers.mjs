/**
 * A camera in three encodings, two who see it, one of them behind a path of 300 kbit/s: within 5 s the first sees 720p and
 * the second a small moving picture, no gap is longer than 1 s, and when the limit is lifted 720p is back within 10 s. The
 * sound stays whole throughout.
 * Arguments: server's address, its UDP port, who publishes and who watches (chromium or firefox), pictures a second of the
 * camera (30).
 */
import { Undecided, check, checkTimed, chromium, firefox, joinByPage, negotiations, scenario, sleep, until } from "./browsers.mjs";
import { reachableAddress } from "./network.mjs";
import {
  SlowPath, concealment, createVideoSpace, framesSince, goBy, look, pageWithCamera, seesHeight, sent, showCamera, summary,
  watchPictures,
} from "./pictures.mjs";

const [base, mediaPort, publishing = "chromium", watching = "chromium", pictures = "30"] = process.argv.slice(2);
const framesPerSecond = Number(pictures);
const LIMIT_BPS = 300_000;
const LONGEST_GAP_MS = 1_000;

/** A machine that makes fewer is too busy to show anything. */
const LEAST_FRAMES_PER_SECOND = 0.9 * framesPerSecond;

let publisher = null;
let filmedAt = 0;

/** How many pictures a second the publisher has made of its smallest encoding. */
async function filmed() {
  const frames = Math.max(0, ...(await sent(publisher)).map(({ framesSent }) => framesSent));
  return (frames * 1000) / (Date.now() - filmedAt);
}

await scenario(`layers for each (${publishing} publishes, ${watching} watches)`, async () => {
  try {
    await layers();
  } catch (failure) {
    const made = publisher === null ? 0 : await filmed();
    if (publisher !== null && made < LEAST_FRAMES_PER_SECOND) {
      throw new Undecided(`this machine made ${made.toFixed(1)} pictures a second of ${pictures} (${failure.message})`);
    }
    throw failure;
  }
});

async function layers() {
  const browsers = { chromium: null, firefox: null };
  for (const kind of new Set([publishing, watching])) {
    browsers[kind] = kind === "firefox" ? await firefox() : await chromium();
  }
  const space = await createVideoSpace(base, "Layers");
  const path = new SlowPath({ seed: 7 });
  await path.open(reachableAddress(), Number(mediaPort));
  publisher = await pageWithCamera(browsers[publishing], { identity: 1, framesPerSecond });
  await joinByPage(publisher, base, space, space.tokens.host, "Ada");
  await showCamera(publisher);
  filmedAt = Date.now();
  const watchers = {};
  for (const name of ["free", "slow"]) {
    // Firefox shows no frames in a tab behind another: each has a browser of its own.
    const browser = watching === "firefox" ? await firefox() : browsers[watching];
    const page = await pageWithCamera(browser, { identity: 2 });
    if (name === "slow") {
      await goBy(page, path);
    }
    if (watching === "chromium") {
      await page.setViewport({ width: 1400, height: 1100 });
    }
    watchers[name] = page;
  }
  // A browser finds out first what its own way out carries: how long that takes says nothing of the server.
  let framesBefore = 0;
  await until(
    "the publisher sends 720p",
    async () => {
      const encodings = (await sent(publisher)).filter(({ framesSent }) => framesSent > 0);
      if (encodings.length > 0 && encodings.every(({ frameHeight }) => frameHeight === undefined)) {
        return true; // a browser that does not tell
      }
      const frames = encodings.find(({ frameHeight }) => frameHeight === 720)?.framesSent ?? 0;
      const grown = framesBefore > 0 && frames > framesBefore;
      framesBefore = frames;
      return grown;
    },
    30_000,
  ).catch(async (missing) => {
    throw new Error(`${missing.message}; sent: ${JSON.stringify(await sent(publisher))}`);
  });
  console.log(`the publisher sent 720p ${Date.now() - filmedAt} ms after its camera was on`);
  await joinByPage(watchers.free, base, space, undefined, "Free");
  await watchPictures(watchers.free);
  const freeAt = Date.now();
  await seesHeight(watchers.free, "720p for the free one", (height) => height === 720, 15_000).catch(async (missing) => {
    throw new Error(`${missing.message}; sent: ${JSON.stringify(await sent(publisher))}`);
  });
  const freeMs = Date.now() - freeAt;
  console.log(`the free one saw 720p ${freeMs} ms after its join`);
  checkTimed(freeMs < 5_000, `the free one saw 720p only ${freeMs} ms after its join`);

  path.rateBps = LIMIT_BPS;
  await joinByPage(watchers.slow, base, space, undefined, "Slow");
  await watchPictures(watchers.slow);
  const slowAt = Date.now();
  await seesHeight(watchers.slow, "a small picture for the slow one", (height) => height > 0 && height <= 360, 5_000);
  console.log(`the slow one saw a picture ${Date.now() - slowAt} ms after its join`);
  await sleep(5_000);
  const soundBefore = { free: await concealment(watchers.free), slow: await concealment(watchers.slow) };
  const beforeAt = performance.now();
  const [free, slow] = await Promise.all([look(watchers.free, 15_000), look(watchers.slow, 15_000)]);
  console.log(`free for 15 s: ${JSON.stringify(free)}`);
  console.log(`slow for 15 s: ${JSON.stringify(slow)}; the path dropped ${path.dropped} of ${path.dropped + path.passed}`);
  checkTimed(free.lowest === 720, `the free one saw ${free.lowest} lines`);
  checkTimed(free.longestGapMs < LONGEST_GAP_MS, `the free one saw nothing for ${free.longestGapMs} ms`);
  check(slow.highest <= 360, `the slow one got ${slow.highest} lines through ${LIMIT_BPS} bit/s`);
  checkTimed(slow.frames > 60, `the slow one's picture does not move: ${slow.frames} frames`);
  checkTimed(slow.longestGapMs < LONGEST_GAP_MS, `the slow one saw nothing for ${slow.longestGapMs} ms`);
  check(free.who.join() === "1" && slow.who.join() === "1", "somebody else's picture");
  check(slow.unreadable < 0.05 * slow.frames, `${slow.unreadable} of ${slow.frames} frames are broken`);

  path.rateBps = Infinity;
  const liftedAt = Date.now();
  await seesHeight(watchers.slow, "720p for the slow one after the limit", (height) => height === 720, 10_000);
  console.log(`720p was back ${Date.now() - liftedAt} ms after the limit was lifted`);
  await sleep(3_000);
  const soundUntilLifted = {};
  for (const [name, page] of Object.entries(watchers)) {
    const concealed = (await concealment(page)).concealed - soundBefore[name].concealed;
    const heard = (performance.now() - beforeAt) * 48;
    console.log(`${name}: ${((100 * concealed) / heard).toFixed(2)} % of the sound was made up`);
    checkTimed(concealed < 0.01 * heard, `${name} heard ${concealed} of ${heard} samples made up`);
    soundUntilLifted[name] = concealed;
  }

  // And down again: an abrupt step from everything to 300 kbit/s.
  path.rateBps = LIMIT_BPS;
  const cutAt = Date.now();
  await seesHeight(watchers.slow, "a small picture after the step down", (height) => height > 0 && height <= 360, 8_000);
  await sleep(4_000);
  const step = summary(await framesSince(watchers.slow, cutAt), cutAt, Date.now());
  console.log(`after the step down: longest gap ${step.longestGapMs} ms`);
  checkTimed(step.longestGapMs < 1_500, `the step down froze the picture for ${step.longestGapMs} ms`);

  for (const [name, page] of Object.entries(watchers)) {
    const concealed = (await concealment(page)).concealed - soundBefore[name].concealed - soundUntilLifted[name];
    console.log(`${name}: ${(concealed / 48).toFixed(0)} ms of the sound were made up at the step down`);
    checkTimed(concealed < 0.5 * 48_000, `${name} heard ${concealed} samples made up at the step down`);
    check((await negotiations(page)) === 1, "something was negotiated again");
  }
  console.log(`sent: ${JSON.stringify(await sent(publisher))}`);
  path.close();
}
