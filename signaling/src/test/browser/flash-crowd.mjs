/**
 * A crowd comes at once, while one listens: the listener hears the tone without a gap, and a real newcomer sees its place
 * in the queue and gets in.
 * Argument: the server's address. The crowd is the load generator's: begin it when the script says "ready for the crowd", in
 * another space of the server (`FlashCrowdBrowserIT` does, or `rostrum bench run flash-crowd --target`).
 */
import {
  Undecided, check, checkTimed, chromium, createSpace, hears, joinByPage, pageWithTone, scenario, sleep, startMeasuring, until,
} from "./browsers.mjs";

const [base] = process.argv.slice(2);
const TONE_HZ = 440;
const LONGEST_GAP_MS = 100;
const A_QUEUE = 50;
const PLACE = /^You are number [\d,]+\. About \d+ (s|min)\.$/;

/** Another tone goes from page to page without the server: what this machine does to two browsers by itself. */
async function connectDirectly(from, to) {
  const offer = await from.evaluate(async () => {
    const audio = window.tone.context;
    const oscillator = new OscillatorNode(audio, { frequency: 587 });
    const destination = audio.createMediaStreamDestination();
    oscillator.connect(new GainNode(audio, { gain: 0.25 })).connect(destination);
    oscillator.start();
    const connection = new RTCPeerConnection();
    window.direct = connection;
    connection.addTrack(destination.stream.getTracks()[0], destination.stream);
    await connection.setLocalDescription();
    while (connection.iceGatheringState !== "complete") {
      await new Promise((resolve) => { connection.onicegatheringstatechange = resolve; });
    }
    return connection.localDescription.sdp;
  });
  const answer = await to.evaluate(async (sdp) => {
    const connection = new RTCPeerConnection();
    window.direct = connection;
    await connection.setRemoteDescription({ type: "offer", sdp });
    await connection.setLocalDescription();
    while (connection.iceGatheringState !== "complete") {
      await new Promise((resolve) => { connection.onicegatheringstatechange = resolve; });
    }
    const player = new Audio(); // or Chromium decodes nothing
    player.srcObject = new MediaStream([connection.getReceivers()[0].track]);
    await player.play();
    window.directPlayer = player;
    return connection.localDescription.sdp;
  }, offer);
  await from.evaluate((sdp) => window.direct.setRemoteDescription({ type: "answer", sdp }), answer);
  await until("the direct connection", () => to.evaluate(() => window.direct.connectionState === "connected"));
}

/** Listens on the audio thread of its own for the longest time without a sound, from the server and directly. */
function startListening(page) {
  return page.evaluate(async () => {
    const code = `registerProcessor("gaps", class extends AudioWorkletProcessor {
      constructor() {
        super();
        this.quiet = 0; this.longest = 0; this.heard = 0;
        this.port.onmessage = () => this.port.postMessage({ longestMs: 1000 * this.longest / sampleRate, heardS: this.heard / sampleRate });
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
    const listenTo = (receivers) => {
      const gaps = new AudioWorkletNode(audio, "gaps", { numberOfInputs: receivers.length });
      receivers.forEach(({ track }, i) =>
        new MediaStreamAudioSourceNode(audio, { mediaStream: new MediaStream([track]) }).connect(gaps, 0, i));
      gaps.connect(audio.destination); // or nobody asks it to listen
      return gaps;
    };
    window.gaps = {
      server: listenTo(window.rostrum.session.peerConnection.getTransceivers()
        .filter(({ direction }) => direction === "recvonly").map(({ receiver }) => receiver)),
      direct: listenTo(window.direct.getReceivers()),
    };
  });
}

/** @param way "server" or "direct" */
function gaps(page, way) {
  return page.evaluate((name) => new Promise((resolve) => {
    const { port } = window.gaps[name];
    port.onmessage = ({ data }) => resolve(data);
    port.postMessage("tell");
  }), way);
}

/** How many wait, by the server's own word. */
async function queueLength() {
  const text = await (await fetch(`${base}/metrics`)).text();
  return Number(/^rostrum_admission_queue_length (\S+)$/m.exec(text)?.[1] ?? 0);
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
  await connectDirectly(speaker, inside);
  await sleep(2_000);
  await startListening(inside);

  console.log("ready for the crowd");
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
  const places = () => newcomer.evaluate(() => window.places);
  await until("a queue", async () => (await queueLength()) > A_QUEUE, 240_000);
  const clickedAt = Date.now();
  await newcomer.click("#join-button");
  await until("the newcomer is in", () => newcomer.evaluate(() => window.rostrum.session?.state === "live"), 60_000).catch(
    async (e) => {
      throw new Error(`${e.message}; its page says: ${await newcomer.evaluate(() => document.body.innerText)}`);
    },
  );
  const newcomerMs = Date.now() - clickedAt;
  await until("the queue is over", async () => (await queueLength()) === 0, 60_000);
  over = true;
  await details;
  const fromServer = await gaps(inside, "server");
  const direct = await gaps(inside, "direct");
  await startMeasuring(newcomer);
  await hears(newcomer, TONE_HZ);
  const texts = await places();

  console.log(`the newcomer read: ${texts.join(" | ")}; it was in after ${newcomerMs} ms`);
  console.log(`the listener heard the tone for ${fromServer.heardS.toFixed(1)} s, its longest gap ${fromServer.longestMs.toFixed(0)} ms`
    + ` (directly from page to page ${direct.longestMs.toFixed(0)} ms)`);
  console.log(`slowest answer to a look at the space's details: ${slowestMs.toFixed(0)} ms`);
  check(texts.some((text) => PLACE.test(text)), "the newcomer saw no place");
  checkTimed(fromServer.heardS > 1, "the listener heard too little");
  check(direct.heardS > 1, "nothing was heard directly from page to page");
  if (fromServer.longestMs > LONGEST_GAP_MS && direct.longestMs > LONGEST_GAP_MS) {
    throw new Undecided(`a gap of ${fromServer.longestMs.toFixed(0)} ms, and one of ${direct.longestMs.toFixed(0)} ms without the server`);
  }
  checkTimed(fromServer.longestMs <= LONGEST_GAP_MS, `a gap of ${fromServer.longestMs.toFixed(0)} ms, and none without the server`);
});
