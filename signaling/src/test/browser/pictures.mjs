/**
 * Cameras whose frames say when and by whom they were drawn, and eyes that read it again from what a page shows.
 *
 * A frame's upper edge is a row of black and white blocks: 26 bits of a clock in ms, 4 bits of identity, 1 bit that is set
 * while the camera's owner beeps, and a parity bit. A row that can't be read counts as no frame.
 */
import { createSocket } from "node:dgram";
import { check, sleep, until } from "./browsers.mjs";

/**
 * A page whose camera is a canvas, 1280 × 720 at 30 frames a second (15 is what a webcam makes in the dark), whose screen is
 * another one, and whose microphone is a tone, or beeps once a second together with a mark in the picture.
 */
export async function pageWithCamera(
  browser,
  { identity = 1, hz = 440, beeps = false, still = false, framesPerSecond = 30 } = {},
) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.on("pageerror", (error) => console.log(`page error: ${error.message}`));
  await page.evaluateOnNewDocument(paintedDevices, identity, hz, beeps, still, framesPerSecond);
  return page;
}

function paintedDevices(identity, hz, beeps, still, framesPerSecond) {
  const BITS = 32;
  const devices = navigator.mediaDevices;
  if (!devices) {
    return;
  }
  let beeping = false;
  const wall = () => performance.timeOrigin + performance.now();

  function paint(width, height, who) {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const pen = canvas.getContext("2d");
    const draw = () => {
      const now = Math.round(wall());
      pen.fillStyle = `hsl(${who * 67} 45% 40%)`;
      pen.fillRect(0, 0, width, height);
      if (!still) {
        for (let i = 0; i < 24; i++) {
          pen.fillStyle = `hsl(${(i * 37 + now / 20) % 360} 80% 60%)`;
          const x = width * (0.5 + 0.45 * Math.sin(now / 700 + i));
          const y = height * (0.58 + 0.36 * Math.cos(now / 900 + i * 1.7));
          pen.fillRect(x, y, width / 14, height / 14);
        }
      } else {
        pen.fillStyle = "#f2d6b8";
        pen.beginPath();
        pen.arc(width / 2, height * 0.52, height * 0.2, 0, 7);
        pen.fill();
        pen.fillRect(width * 0.3, height * 0.78, width * 0.4, height * 0.3);
        return; // a face for pictures of the page: no row of blocks
      }
      const clock = now % 2 ** 26;
      let bits = Array.from({ length: 26 }, (_, i) => Math.floor(clock / 2 ** i) % 2);
      bits = bits.concat(Array.from({ length: 4 }, (_, i) => Math.floor(who / 2 ** i) % 2), beeping ? 1 : 0);
      bits.push(bits.reduce((a, b) => a ^ b, 0));
      for (let i = 0; i < BITS; i++) {
        pen.fillStyle = bits[i] === 1 ? "#fff" : "#000";
        pen.fillRect((i * width) / BITS, 0, width / BITS + 1, height / 8);
      }
    };
    draw();
    setInterval(draw, 1000 / framesPerSecond);
    return canvas.captureStream(framesPerSecond);
  }

  async function sound(frequency) {
    const audio = new AudioContext();
    await audio.resume();
    const oscillator = new OscillatorNode(audio, { frequency });
    const volume = new GainNode(audio, { gain: beeps ? 0 : 0.25 });
    const destination = audio.createMediaStreamDestination();
    oscillator.connect(volume).connect(destination);
    oscillator.start();
    if (beeps) {
      setInterval(() => {
        beeping = true;
        volume.gain.value = 0.5;
        setTimeout(() => {
          beeping = false;
          volume.gain.value = 0;
        }, 250);
      }, 1000);
    }
    return destination.stream.getAudioTracks()[0];
  }

  devices.getUserMedia = async ({ audio, video }) => {
    const tracks = [];
    if (audio) {
      tracks.push(await sound(hz));
    }
    if (video) {
      tracks.push(...paint(1280, 720, identity).getVideoTracks());
    }
    return new MediaStream(tracks);
  };
  devices.getDisplayMedia = async () =>
    new MediaStream([...paint(1920, 1080, 15 - identity).getVideoTracks(), await sound(hz * 1.5)]);
}

/** Turns the camera on by the page's button. */
export async function showCamera(page) {
  await until("the camera's button", () => page.evaluate(() => document.getElementById("camera")?.disabled === false));
  await page.evaluate(() => document.getElementById("camera").click());
  await until("the camera is on", () => page.evaluate(() => window.rostrum.session.self.camera));
}

export async function showScreen(page) {
  await until("the screen's button", () => page.evaluate(() => document.getElementById("screen")?.disabled === false));
  await page.evaluate(() => document.getElementById("screen").click());
  await until("the screen is shown", () => page.evaluate(() => window.rostrum.session.self.screen));
}

/** From now on the page keeps what it sees of each frame of others. */
export function watchPictures(page) {
  return page.evaluate(() => {
    const BITS = 32;
    const canvas = new OffscreenCanvas(640, 360);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    window.frames_ = [];
    function read(view) {
      const { videoWidth: width, videoHeight: height } = view;
      pen.drawImage(view, 0, 0, 640, 360);
      const { data } = pen.getImageData(0, 22, 640, 1);
      const bits = Array.from({ length: BITS }, (_, i) => (data[4 * Math.round((i + 0.5) * (640 / BITS))] > 127 ? 1 : 0));
      const readable = bits.reduce((a, b) => a ^ b, 0) === 0;
      const clock = bits.slice(0, 26).reduce((sum, bit, i) => sum + bit * 2 ** i, 0);
      const who = bits.slice(26, 30).reduce((sum, bit, i) => sum + bit * 2 ** i, 0);
      return { width, height, readable, clock, who, beep: bits[30] === 1 };
    }
    function follow(view) {
      const look = (now, { expectedDisplayTime }) => {
        const atMs = performance.timeOrigin + now;
        const { width, height, readable, clock, who, beep } = read(view);
        const latencyMs = (((Math.round(atMs) % 2 ** 26) - clock + 2 ** 26) % 2 ** 26);
        window.frames_.push({
          atMs, shownMs: performance.timeOrigin + expectedDisplayTime, width, height, readable, who, beep, latencyMs,
          participant: view.closest(".picture")?.dataset.participant,
          source: view.closest(".picture")?.dataset.source,
        });
        if (window.frames_.length > 20_000) {
          window.frames_.splice(0, 10_000);
        }
        view.requestVideoFrameCallback(look);
      };
      view.requestVideoFrameCallback(look);
    }
    const followed = new WeakSet();
    setInterval(() => {
      for (const view of document.querySelectorAll(".picture:not(.own) video")) {
        if (!followed.has(view)) {
          followed.add(view);
          follow(view);
        }
      }
    }, 50);
  });
}

/** The frames that a page has seen since a moment (Date.now()). */
export function framesSince(page, sinceMs) {
  return page.evaluate((since) => window.frames_.filter(({ atMs }) => atMs >= since), sinceMs);
}

/** What frames come to: how many, how large, how old, and the longest time without one. */
export function summary(frames, sinceMs, untilMs) {
  const readable = frames.filter(({ readable: r, latencyMs }) => r && latencyMs < 10_000);
  const times = [sinceMs, ...readable.map(({ atMs }) => atMs), untilMs];
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  const latencies = readable.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const heights = readable.map(({ height }) => height);
  return {
    frames: frames.length,
    unreadable: frames.length - readable.length,
    height: heights.at(-1) ?? 0,
    lowest: Math.min(...heights),
    highest: Math.max(0, ...heights),
    who: [...new Set(readable.map(({ who }) => who))],
    longestGapMs: Math.round(Math.max(...gaps)),
    latencyMs: latencies[Math.floor(latencies.length / 2)] ?? null,
  };
}

/** Watches for a time and says what was seen. */
export async function look(page, ms) {
  const sinceMs = Date.now();
  await sleep(ms);
  return summary(await framesSince(page, sinceMs), sinceMs, Date.now());
}

/** Waits until pictures of this height come. */
export function seesHeight(page, what, test, timeoutMs) {
  return until(
    what,
    () =>
      page.evaluate(() => {
        const recent = window.frames_.filter(({ atMs }) => performance.timeOrigin + performance.now() - atMs < 500);
        return recent.at(-1)?.height ?? 0;
      }).then((height) => test(height) && height),
    timeoutMs,
  );
}

/** The part of what was heard that was made up, without the silence of idle slots. */
export function concealment(page) {
  return page.evaluate(async () => {
    let concealed = 0;
    let total = 0;
    (await window.rostrum.session.peerConnection.getStats()).forEach((entry) => {
      if (entry.type === "inbound-rtp" && entry.kind === "audio") {
        concealed += (entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0);
        total += entry.totalSamplesReceived ?? 0;
      }
    });
    return { concealed, total };
  });
}

/** Key frames that the publisher was asked for and has made, per encoding. */
export function sent(page) {
  return page.evaluate(async () => {
    const rows = [];
    (await window.rostrum.session.peerConnection.getStats()).forEach((entry) => {
      if (entry.type === "outbound-rtp" && entry.kind === "video" && (entry.framesSent ?? 0) > 0) {
        const { rid, frameHeight, framesSent, keyFramesEncoded, pliCount, firCount, nackCount, bytesSent } = entry;
        const limit = entry.qualityLimitationReason;
        rows.push({ rid, frameHeight, framesSent, keyFramesEncoded, pliCount, firCount, nackCount, bytesSent, limit });
      }
    });
    return rows;
  });
}

/** Makes a space with video by the API. */
export async function createVideoSpace(base, title, videoCodecs = ["VP8"]) {
  const response = await fetch(`${base}/v1/spaces`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ title, video: true, videoCodecs }),
  });
  const text = await response.text();
  check(response.status === 201, `creating a space answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

/**
 * A path between one page and the server, slow in the server's direction to the page: a queue of bounded delay behind a
 * rate, and perhaps loss. Seeded.
 */
export class SlowPath {
  #inside = createSocket("udp4");
  #outside = new Map();
  #queue = [];
  #queuedBytes = 0;
  #freeAtMs = 0;
  #timer = null;
  #random;
  rateBps = Infinity;
  queueMs = 300;
  loss = 0;
  dropped = 0;
  passed = 0;

  constructor({ seed = 1 } = {}) {
    let state = seed;
    this.#random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
  }

  async open(address, serverPort) {
    this.address = address;
    this.serverPort = serverPort;
    this.#inside.on("message", (datagram, from) => this.#socketOf(from).send(datagram, this.serverPort, this.address));
    await new Promise((resolve) => this.#inside.bind(0, address, resolve));
    this.port = this.#inside.address().port;
  }

  #socketOf(client) {
    const key = `${client.address}:${client.port}`;
    let socket = this.#outside.get(key);
    if (socket === undefined) {
      socket = createSocket("udp4");
      socket.on("message", (datagram) => this.#enqueue(datagram, client));
      socket.on("error", () => {});
      this.#outside.set(key, socket);
    }
    return socket;
  }

  #enqueue(datagram, client) {
    if (this.loss > 0 && this.#random() < this.loss) {
      this.dropped++;
      return;
    }
    const limit = (this.rateBps * this.queueMs) / 8000;
    if (this.#queuedBytes + datagram.length > Math.max(limit, 3000)) {
      this.dropped++;
      return;
    }
    this.#queue.push({ datagram, client });
    this.#queuedBytes += datagram.length;
    this.#drain();
  }

  #drain() {
    clearTimeout(this.#timer);
    const now = performance.now();
    this.#freeAtMs = Math.max(this.#freeAtMs, now - 2);
    while (this.#queue.length > 0 && this.#freeAtMs <= now) {
      const { datagram, client } = this.#queue.shift();
      this.#queuedBytes -= datagram.length;
      this.#freeAtMs += ((datagram.length + 28) * 8000) / this.rateBps;
      this.passed++;
      this.#inside.send(datagram, client.port, client.address);
    }
    if (this.#queue.length > 0) {
      this.#timer = setTimeout(() => this.#drain(), Math.max(1, this.#freeAtMs - performance.now()));
    }
  }

  close() {
    clearTimeout(this.#timer);
    for (const socket of this.#outside.values()) {
      socket.close();
    }
    this.#inside.close();
  }
}

/** Lets a page reach the server by this path only: the answer that it applies names no other address. */
export function goBy(page, path) {
  return page.evaluateOnNewDocument(
    (address, port) => {
      const apply = RTCPeerConnection.prototype.setRemoteDescription;
      RTCPeerConnection.prototype.setRemoteDescription = function (description) {
        let first = true;
        const sdp = description.sdp
          .split("\r\n")
          .filter((line) => {
            const keep = !line.startsWith("a=candidate:") || first;
            first &&= !line.startsWith("a=candidate:");
            return keep;
          })
          .map((line) =>
            line.startsWith("a=candidate:") ? `a=candidate:1 1 udp 2130706431 ${address} ${port} typ host` : line,
          )
          .join("\r\n");
        return apply.call(this, { type: description.type, sdp });
      };
    },
    path.address,
    path.port,
  );
}
