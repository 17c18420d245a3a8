/**
 * A crowd comes at once, while one listens: the listener hears the tone without a gap, and a real newcomer sees its place
 * in the queue and gets in.
 * Arguments: the server's address; how many come; the file of an offer that they come with. Their WebSockets are real, but
 * they never connect media, so that each that is let in costs an answer and a place for ten seconds. For a crowd that does
 * connect, run `rostrum bench run flash-crowd --target` beside it and say that 0 come.
 */
import { readFileSync } from "node:fs";
import WebSocket from "ws";
import {
  check, chromium, createSpace, hears, joinByPage, pageWithTone, scenario, sleep, startMeasuring, until,
} from "./browsers.mjs";

const [base, size, offerFile] = process.argv.slice(2);
const TONE_HZ = 440;
const LONGEST_GAP_MS = 100;
const MOST = 5_000;

/** Listens on the audio thread of its own for the longest time without a sound. */
function startListening(page) {
  return page.evaluate(async () => {
    const code = `registerProcessor("gaps", class extends AudioWorkletProcessor {
      constructor() {
        super();
        this.quiet = 0; this.longest = 0; this.heard = 0;
        this.port.onmessage = () => this.port.postMessage({ longest: this.longest / sampleRate, heard: this.heard / sampleRate });
      }
      process(inputs) {
        let loudest = 0;
        for (const input of inputs) for (const channel of input) for (const sample of channel) loudest = Math.max(loudest, Math.abs(sample));
        const length = 128;
        if (loudest > 0.01) { this.quiet = 0; this.heard += length; } else { this.quiet += length; this.longest = Math.max(this.longest, this.quiet); }
        return true;
      }
    });`;
    const { audio } = window.ears;
    await audio.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    const receivers = window.rostrum.session.peerConnection.getTransceivers()
      .filter(({ direction }) => direction === "recvonly").map(({ receiver }) => receiver);
    const gaps = new AudioWorkletNode(audio, "gaps", { numberOfInputs: receivers.length });
    receivers.forEach(({ track }, i) =>
      new MediaStreamAudioSourceNode(audio, { mediaStream: new MediaStream([track]) }).connect(gaps, 0, i));
    gaps.connect(audio.destination); // or nobody asks it to listen
    window.gaps = gaps;
  });
}

function gaps(page) {
  return page.evaluate(() => new Promise((resolve) => {
    window.gaps.port.onmessage = ({ data }) => resolve(data);
    window.gaps.port.postMessage("tell");
  }));
}

/** One of the crowd: resolves when it is let in. */
function member(space, offer, seen) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${base.replace(/^http/, "ws")}/v1/spaces/${space.id}/join`);
    socket.onopen = () => socket.send(JSON.stringify({ type: "join", offer }));
    socket.onmessage = ({ data }) => {
      const { type, position, error } = JSON.parse(data);
      if (type === "queued") {
        seen.longest = Math.max(seen.longest, position);
      } else if (type === "joined") {
        seen.in++;
        resolve(socket);
      } else if (type === "error") {
        reject(new Error(error.message));
      }
    };
    socket.onerror = () => reject(new Error("a WebSocket failed"));
  });
}

await scenario("flash crowd", async () => {
  const space = await createSpace(base, "Everybody comes");
  const browser = await chromium();
  const speaker = await pageWithTone(browser, TONE_HZ);
  await joinByPage(speaker, base, space, space.tokens.host, "Ada");
  const inside = await pageWithTone(browser, 0);
  await inside.setBypassCSP(true); // the page runs no scripts but its own, and this one measures
  await joinByPage(inside, base, space, undefined, "In");
  await startMeasuring(inside);
  await hears(inside, TONE_HZ);
  const newcomer = await pageWithTone(browser, 0);
  await newcomer.goto(`${base}/s/${space.id}`);
  await until("the lobby", () => newcomer.evaluate(() => document.getElementById("lobby-title")?.textContent.length > 1));
  await newcomer.evaluate(() => {
    window.places = [];
    new MutationObserver(() => {
      const text = document.getElementById("queue-place").textContent;
      if (text !== window.places.at(-1)) {
        window.places.push(text);
      }
    }).observe(document.getElementById("queue-place"), { childList: true, characterData: true, subtree: true });
  });
  await sleep(2_000);
  await startListening(inside);

  const began = Date.now();
  const offer = readFileSync(offerFile, "utf8");
  const seen = { in: 0, longest: 0 };
  const crowd = [];
  const more = () => crowd.push(...Array.from({ length: Number(size) }, () => member(space, offer, seen)));
  more();
  let slowestMs = 0;
  let over = false;
  const details = (async () => {
    while (!over) {
      const askedAt = performance.now();
      const response = await fetch(`${base}/v1/spaces/${space.id}`);
      check(response.status === 200, `the details answered ${response.status}`);
      await response.arrayBuffer();
      slowestMs = Math.max(slowestMs, performance.now() - askedAt);
      await sleep(100);
    }
  })();
  // As many as it takes: a fast machine lets so many in at once that nobody waits.
  await until("a queue", async () => {
    if (seen.longest === 0 && seen.in === crowd.length && crowd.length < MOST) {
      more();
    }
    return seen.longest > 0;
  });
  await newcomer.click("#join-button");
  await until("the newcomer is in", () => newcomer.evaluate(() => window.rostrum.session?.state === "live"), 60_000);
  const newcomerMs = Date.now() - began;
  const sockets = await Promise.all(crowd);
  const crowdMs = Date.now() - began;
  over = true;
  await details;
  const { longest, heard } = await gaps(inside);
  await startMeasuring(newcomer);
  await hears(newcomer, TONE_HZ);
  const places = await newcomer.evaluate(() => window.places);
  sockets.forEach((socket) => socket.close(1000));

  console.log(`${seen.in} of ${crowd.length} let in within ${crowdMs} ms; the longest queue that anybody saw: ${seen.longest}`);
  console.log(`the newcomer read: ${places.join(" | ")}; it was in after ${newcomerMs} ms`);
  console.log(`the listener heard the tone for ${heard.toFixed(1)} s, its longest gap ${(1000 * longest).toFixed(0)} ms`);
  console.log(`slowest answer to a look at the space's details: ${slowestMs.toFixed(0)} ms`);
  check(places.some((text) => /^You are number [\d,]+\. About \d+ (s|min)\.$/.test(text)), "the newcomer saw no place");
  check(heard > 1, "the listener heard too little");
  check(1000 * longest <= LONGEST_GAP_MS, `a gap of ${1000 * longest} ms`);
});
