/**
 * Starts the installed browsers, gives them tones instead of microphones, and measures what they play.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { reachableAddress } from "./network.mjs";

const cleanups = [];

/** Runs a scenario and ends everything that it started, whatever happens. */
export async function scenario(name, body, limitSeconds = 150) {
  const late = new TooLate(`the scenario took longer than ${limitSeconds} s`);
  const watchdog = setTimeout(() => fail(late), 1000 * limitSeconds);
  async function finish() {
    clearTimeout(watchdog);
    for (const cleanup of cleanups.reverse()) {
      await Promise.race([Promise.resolve().then(cleanup).catch(() => {}), sleep(5_000)]);
    }
  }
  const before = processorTimes();
  async function fail(error) {
    const stolen = stolenShare(before, processorTimes());
    const starved = error instanceof TooLate && stolen > MOST_STOLEN;
    if (error instanceof Undecided || starved) {
      const why = starved ? ` (${(100 * stolen).toFixed(0)} % of the processors' time went to other machines)` : "";
      console.log(`UNDECIDED ${name}: ${error.message}${why}`);
      await finish();
      process.exit(UNDECIDED);
    }
    console.error(`FAILED ${name}: ${error.stack ?? error}`);
    await finish();
    process.exit(1);
  }
  try {
    await body();
    console.log(`PASSED ${name}`);
    await finish();
    process.exit(0);
  } catch (error) {
    await fail(error);
  }
}

/**
 * Browsers play and record by a clock of their own, which stands still while a virtual machine has no processor: beyond this
 * share nothing can be said of sound and pictures, nor of how long anything takes. What does not depend on time fails as ever.
 */
const MOST_STOLEN = 0.1;

/** What the processors have done since the system's start, in ticks; all 0 where the system doesn't tell. */
function processorTimes() {
  const line = existsSync("/proc/stat") ? readFileSync("/proc/stat", "utf8").split("\n")[0] : "cpu 0 0 0 0 0 0 0 0";
  const [user, nice, system, , , interrupts, softInterrupts, stolen] = line.trim().split(/\s+/).slice(1).map(Number);
  return { wanted: user + nice + system + interrupts + softInterrupts + stolen, stolen };
}

/** The share of the time for which somebody wanted a processor and the hardware was another machine's. */
function stolenShare(before, after) {
  const wanted = after.wanted - before.wanted;
  return wanted > 0 ? (after.stolen - before.stolen) / wanted : 0;
}

/** The exit code of a scenario that could not tell. */
const UNDECIDED = 75;

/** Something outside the product kept the scenario from telling anything, a starved machine for example. */
export class Undecided extends Error {}

/** What was seen depends on the time that the browsers had: on a starved machine it tells nothing. */
class TooLate extends Error {}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function check(condition, message) {
  if (!condition) {
    throw new Error(message);
  }
}

/** As {@link check}, of something that browsers can't do in time on a starved machine. */
export function checkTimed(condition, message) {
  if (!condition) {
    throw new TooLate(message);
  }
}

/** Asks again until the answer is true; returns it, or throws after the time. */
export async function until(what, question, timeoutMs = 20_000) {
  const end = Date.now() + timeoutMs;
  let last;
  while (Date.now() < end) {
    last = await question();
    if (last) {
      return last;
    }
    await sleep(50);
  }
  throw new TooLate(`${what}: not within ${timeoutMs} ms`);
}

function profile() {
  const folder = mkdtempSync(join(tmpdir(), "rostrum-browser-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1 , EXCLUDE 127.0.0.2" +
    ` , EXCLUDE ${reachableAddress()}`,
  "--allow-loopback-in-peer-connection",
];

/** What a person's browser does not have: a fake microphone, and autoplay without a gesture. */
const CHROMIUM_TEST_FLAGS = [
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  "--disable-features=WebRtcHideLocalIpsWithMdns",
];

/**
 * @param options.plain no autoplay flag and no faked permission
 */
export async function chromium({ plain = false } = {}) {
  const browser = await puppeteer.launch({
    browser: "chrome",
    executablePath: process.env.ROSTRUM_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    userDataDir: profile(),
    acceptInsecureCerts: true,
    args: [...CHROMIUM_FLAGS, ...(plain ? ["--use-fake-device-for-media-stream"] : CHROMIUM_TEST_FLAGS)],
    protocolTimeout: 60_000,
  });
  cleanups.push(() => browser.close());
  return browser;
}

export async function firefox() {
  await soundServer();
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.ROSTRUM_FIREFOX ?? "/usr/bin/firefox-esr",
    headless: true,
    userDataDir: profile(),
    acceptInsecureCerts: true,
    env: { ...process.env, ...soundEnvironment, MOZ_DISABLE_CONTENT_SANDBOX: "1" },
    extraPrefsFirefox: {
      "media.navigator.streams.fake": true,
      "media.navigator.permission.disabled": true,
      "media.peerconnection.ice.loopback": true,
      "media.peerconnection.ice.obfuscate_host_addresses": false,
      "media.peerconnection.ice.default_address_only": false,
      "media.peerconnection.ice.no_host": false,
      "media.autoplay.default": 0,
      "media.autoplay.blocking_policy": 0,
      "network.dns.disabled": true,
      "network.captive-portal-service.enabled": false,
      "network.connectivity-service.enabled": false,
      "app.update.enabled": false,
      "browser.safebrowsing.malware.enabled": false,
      "browser.safebrowsing.phishing.enabled": false,
      "datareporting.policy.dataSubmissionEnabled": false,
      "toolkit.telemetry.enabled": false,
      "services.settings.server": "data:,#none",
    },
    protocolTimeout: 60_000,
  });
  cleanups.push(() => browser.close());
  return browser;
}

let soundEnvironment = {};

/** Firefox plays nothing without an audio output: a sound server of our own, with a sink that leads nowhere. */
async function soundServer() {
  if (soundEnvironment.PULSE_SERVER) {
    return;
  }
  const folder = profile();
  const socket = join(folder, "pulse");
  const server = spawn(
    "pulseaudio",
    [
      "-n",
      "--daemonize=no",
      "--exit-idle-time=-1",
      "--use-pid-file=no",
      "--disable-shm=yes",
      "--load=module-null-sink sink_name=nowhere",
      `--load=module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
    ],
    {
      env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, PULSE_STATE_PATH: folder, PULSE_RUNTIME_PATH: folder },
      stdio: "ignore",
    },
  );
  cleanups.push(() => server.kill());
  soundEnvironment = { PULSE_SERVER: `unix:${socket}` };
  await until("the sound server's socket", () => existsSync(socket), 10_000);
}

/** A page whose microphone is a tone; its loudness can be changed later with setTone. */
export async function pageWithTone(browser, frequencyHz, gain = 0.25) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.on("pageerror", (error) => console.log(`page error: ${error.message}`));
  await page.evaluateOnNewDocument(
    (frequency, loudness) => {
      window.tone = { frequency, loudness };
      const devices = navigator.mediaDevices;
      if (!devices) {
        return;
      }
      devices.getUserMedia = async () => {
        const audio = new AudioContext();
        await audio.resume();
        const oscillator = new OscillatorNode(audio, { frequency });
        const volume = new GainNode(audio, { gain: window.tone.loudness });
        const destination = audio.createMediaStreamDestination();
        oscillator.connect(volume).connect(destination);
        oscillator.start();
        window.tone.volume = volume;
        window.tone.context = audio;
        return destination.stream;
      };
    },
    frequencyHz,
    gain,
  );
  return page;
}

export function setTone(page, gain) {
  return page.evaluate((value) => {
    window.tone.volume.gain.value = value;
  }, gain);
}

/** Prepares a page to measure what its session plays, also after it made a new connection: one analyser per slot. */
export function startMeasuring(page) {
  return page.evaluate(async () => {
    if (window.ears) {
      return;
    }
    const audio = new AudioContext({ sampleRate: 48_000 });
    await audio.resume();
    window.ears = {
      audio,
      analysers: [],
      /** The strongest level in dBFS near a frequency, over all slots. */
      level(frequency) {
        let best = -200;
        for (const { analyser, bins } of this.analysers) {
          analyser.getFloatFrequencyData(bins);
          const centre = Math.round((frequency * analyser.fftSize) / audio.sampleRate);
          for (let bin = centre - 2; bin <= centre + 2; bin++) {
            best = Math.max(best, bins[bin]);
          }
        }
        return best;
      },
      /** How loud it is right now (the last 21 ms), 0 to 1. */
      loudness() {
        let best = 0;
        for (const { meter, samples } of this.analysers) {
          meter.getFloatTimeDomainData(samples);
          best = Math.max(best, Math.hypot(...samples) / Math.sqrt(samples.length));
        }
        return best;
      },
      attach(receivers) {
        for (const { track } of receivers) {
          if (track.kind !== "audio") {
            continue;
          }
          const analyser = new AnalyserNode(audio, { fftSize: 8192, smoothingTimeConstant: 0 });
          const meter = new AnalyserNode(audio, { fftSize: 1024, smoothingTimeConstant: 0 });
          const source = new MediaStreamAudioSourceNode(audio, { mediaStream: new MediaStream([track]) });
          source.connect(analyser);
          source.connect(meter);
          this.analysers.push({
            analyser, bins: new Float32Array(analyser.frequencyBinCount), meter, samples: new Float32Array(1024),
          });
        }
      },
      /** Listens to the session's connection, and to the next one when there is one. */
      follow() {
        const { peerConnection } = window.rostrum.session;
        if (peerConnection !== null && peerConnection !== this.followed) {
          this.followed = peerConnection;
          this.analysers = [];
          this.attach(
            peerConnection
              .getTransceivers()
              .filter(({ direction }) => direction === "recvonly")
              .map(({ receiver }) => receiver),
          );
        }
      },
    };
    window.ears.follow();
    setInterval(() => window.ears.follow(), 20);
  });
}

/** From now on the page remembers for how long nothing was to be heard. */
export function watchGaps(page) {
  return page.evaluate(() => {
    const quiet = 0.003;
    window.gaps = [];
    window.quietSince = null;
    const look = () => {
      const now = performance.now();
      if (window.ears.loudness() < quiet) {
        window.quietSince ??= now;
      } else if (window.quietSince !== null) {
        window.gaps.push({ atMs: Math.round(performance.timeOrigin + window.quietSince), ms: Math.round(now - window.quietSince) });
        window.quietSince = null;
      }
    };
    clearInterval(window.gapTimer);
    window.gapTimer = setInterval(look, 5);
  });
}

/** The longest time in ms that nothing was to be heard since the watch began, the present one included. */
export function longestGapMs(page) {
  return page.evaluate(() => {
    const open = window.quietSince === null ? 0 : performance.now() - window.quietSince;
    return Math.round(Math.max(open, 0, ...window.gaps.map(({ ms }) => ms)));
  });
}

/** Puts a mark on the page that a reload would wipe off. */
export function mark(page) {
  return page.evaluate(() => {
    window.mark = true;
  });
}

export async function checkNotReloaded(page, who) {
  check(await page.evaluate(() => window.mark === true), `${who} has reloaded the page`);
}

/** How many offers the page's session has made so far. */
export function negotiations(page) {
  return page.evaluate(() => window.rostrum.session.negotiations);
}

/** The line that tells a person that something is being mended, or an empty text. */
export function notice(page) {
  return page.evaluate(() => {
    const line = document.getElementById("reconnecting");
    return line.hidden ? "" : line.textContent;
  });
}

export const HEARD_DB = -50;
export const SILENT_DB = -75;

export function levelAt(page, frequencyHz) {
  return page.evaluate((frequency) => window.ears.level(frequency), frequencyHz);
}

export function hears(page, frequencyHz, timeoutMs = 15_000) {
  return until(`hears ${frequencyHz} Hz`, async () => (await levelAt(page, frequencyHz)) > HEARD_DB, timeoutMs);
}

export function isSilentAt(page, frequencyHz, timeoutMs = 10_000) {
  return until(`is silent at ${frequencyHz} Hz`, async () => (await levelAt(page, frequencyHz)) < SILENT_DB, timeoutMs);
}

/** What getStats says of all audio that comes in. */
export function statistics(page) {
  return page.evaluate(async () => {
    const report = await window.rostrum.session.peerConnection.getStats();
    const rows = [];
    report.forEach((entry) => {
      if (entry.type === "inbound-rtp" && entry.kind === "audio") {
        rows.push({
          ssrc: entry.ssrc,
          packetsReceived: entry.packetsReceived,
          packetsLost: entry.packetsLost,
          packetsDiscarded: entry.packetsDiscarded,
          concealedSeconds: ((entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0)) / 48_000,
          jitterBufferFlushes: entry.jitterBufferFlushes ?? 0,
        });
      }
    });
    return rows.sort((a, b) => a.ssrc - b.ssrc);
  });
}

export function concealedSeconds(rows) {
  return rows.reduce((sum, row) => sum + row.concealedSeconds, 0);
}

/** Makes a space by the API. */
export async function createSpace(base, title) {
  const response = await fetch(`${base}/v1/spaces`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ title, video: false }),
  });
  const text = await response.text();
  check(response.status === 201, `creating a space answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

/** Another token of the space, by its host. */
export async function token(base, space, role, name) {
  const response = await fetch(`${base}/v1/spaces/${space.id}/tokens`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${space.tokens.host}` },
    body: JSON.stringify({ role, name }),
  });
  const text = await response.text();
  check(response.status === 201, `a token answered ${response.status}: ${text}`);
  return JSON.parse(text).token;
}

/** Opens the space's page, presses its one button, and waits until media is connected. */
export async function joinByPage(page, base, space, accessToken, name) {
  await page.goto(`${base}/s/${space.id}${accessToken ? `#token=${accessToken}` : ""}`);
  // The details move the button when they arrive: a click between would miss it.
  await until("the lobby", () => page.evaluate(() => document.getElementById("lobby-title")?.textContent.length > 1));
  await page.evaluate((value) => {
    document.getElementById("name").value = value;
  }, name);
  await page.click("#join-button");
  await until(
    `${name} is live`,
    () => page.evaluate(() => window.rostrum.session?.state === "live"),
    20_000,
  ).catch(async (error) => {
    const text = await page.evaluate(() => document.body.innerText);
    throw new Error(`${error.message}; the page says: ${text}`);
  });
}
