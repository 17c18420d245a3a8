/**
 * Chromium speaks by WHIP without the page; Chromium and Firefox listen, by the page and by WHEP.
 * Arguments: server's address.
 */
import {
  check, chromium, createSpace, firefox, hears, isSilentAt, joinByPage, pageWithTone, scenario, startMeasuring, token,
} from "./browsers.mjs";

const [base] = process.argv.slice(2);
const TONE_HZ = 440;

/** A client of WHIP or WHEP as anybody would write it: one POST, nothing of ours. */
async function connect(page, address, accessToken, publish) {
  await page.goto(`${base}/health/live`); // any page of the origin, without our script
  return page.evaluate(
    async (url, bearer, publishing) => {
      const peer = new RTCPeerConnection();
      if (publishing) {
        const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
        peer.addTransceiver(stream.getAudioTracks()[0], { direction: "sendonly" });
      } else {
        peer.addTransceiver("audio", { direction: "recvonly" });
      }
      await peer.setLocalDescription();
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/sdp", ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}) },
        body: peer.localDescription.sdp,
      });
      const answer = await response.text();
      if (response.status !== 201) {
        throw new Error(`${response.status}: ${answer}`);
      }
      await peer.setRemoteDescription({ type: "answer", sdp: answer });
      window.rostrum = { session: { peerConnection: peer } };
      window.resource = new URL(response.headers.get("Location"), url).href;
      const player = new Audio();
      player.muted = true; // an element must play the stream for WebAudio to hear it
      player.srcObject = new MediaStream(peer.getReceivers().map(({ track }) => track));
      player.play().catch(() => {});
      await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`still ${peer.connectionState} after 15 s`)), 15_000);
        const look = () => {
          if (peer.connectionState === "connected") {
            clearTimeout(timer);
            resolve();
          }
        };
        peer.onconnectionstatechange = look;
        look();
      });
    },
    address,
    accessToken,
    publish,
  );
}

await scenario("WHIP and WHEP", async () => {
  const space = await createSpace(base, "Without the page");
  const browsers = { chromium: await chromium(), firefox: await firefox() };
  const publisher = await pageWithTone(browsers.chromium, TONE_HZ);
  await connect(publisher, space.links.whip, await token(base, space, "speaker", "Encoder"), true);

  const ears = [];
  for (const [kind, browser] of Object.entries(browsers)) {
    const player = await pageWithTone(browser, 0);
    await connect(player, space.links.whep, undefined, false);
    await startMeasuring(player);
    await hears(player, TONE_HZ);
    console.log(`${kind} hears the WHIP publisher by WHEP`);
    const listener = await pageWithTone(browser, 0);
    await joinByPage(listener, base, space, undefined, `${kind} listener`);
    await startMeasuring(listener);
    await hears(listener, TONE_HZ);
    console.log(`${kind} hears the WHIP publisher on the page`);
    ears.push(player, listener);
  }
  const status = await publisher.evaluate(
    async (bearer) => (await fetch(window.resource, { method: "DELETE", headers: { Authorization: `Bearer ${bearer}` } })).status,
    space.tokens.speaker,
  );
  check(status === 200 || status === 204, `DELETE of the WHIP session answered ${status}`);
  for (const ear of ears) {
    await isSilentAt(ear, TONE_HZ);
  }
});
