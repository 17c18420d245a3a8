/**
 * A camera is published by WHIP in three encodings and played by WHEP, by the page's side of neither.
 * Arguments: server's address, who publishes, who plays.
 */
import { check, checkTimed, chromium, firefox, scenario, sleep, until } from "./browsers.mjs";
import { createVideoSpace, look, pageWithCamera, sent, watchPictures } from "./pictures.mjs";

const [base, publishing = "chromium", playing = "chromium"] = process.argv.slice(2);

/** Gives the offer of a PeerConnection to a door and applies its answer. */
async function connect(page, url, token, publishes) {
  await page.goto(`${base}/`);
  await page.evaluate(
    async (door, bearer, sends) => {
      const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
      window.rostrum = { session: { peerConnection: peer } };
      if (sends) {
        const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
        peer.addTransceiver(stream.getAudioTracks()[0], { direction: "sendonly" });
        peer.addTransceiver(stream.getVideoTracks()[0], {
          direction: "sendonly",
          sendEncodings: [
            { rid: "q", scaleResolutionDownBy: 4 },
            { rid: "h", scaleResolutionDownBy: 2 },
            { rid: "f" },
          ],
        });
      } else {
        peer.addTransceiver("audio", { direction: "recvonly" });
        const { receiver } = peer.addTransceiver("video", { direction: "recvonly" });
        const frame = Object.assign(document.createElement("div"), { className: "picture" });
        const view = Object.assign(document.createElement("video"), { autoplay: true, muted: true });
        view.srcObject = new MediaStream([receiver.track]);
        frame.append(view);
        document.body.append(frame);
      }
      await peer.setLocalDescription(await peer.createOffer());
      const headers = { "Content-Type": "application/sdp", ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}) };
      const response = await fetch(door, { method: "POST", headers, body: peer.localDescription.sdp });
      if (response.status !== 201) {
        throw new Error(`${door} answered ${response.status}: ${await response.text()}`);
      }
      await peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
    },
    url,
    token,
    publishes,
  );
  await until("connected", () => page.evaluate(() => window.rostrum.session.peerConnection.connectionState === "connected"));
}

await scenario(`WHIP and WHEP with video (${publishing} to ${playing})`, async () => {
  const browsers = {};
  for (const kind of new Set([publishing, playing])) {
    browsers[kind] = kind === "firefox" ? await firefox() : await chromium();
  }
  const space = await createVideoSpace(base, "By standard doors");
  const publisher = await pageWithCamera(browsers[publishing], { identity: 3 });
  await connect(publisher, space.links.whip, space.tokens.speaker, true);
  const player = await pageWithCamera(browsers[playing], { identity: 4 });
  await connect(player, space.links.whep, undefined, false);
  await watchPictures(player);
  await until("a picture", () => player.evaluate(() => window.frames_.some(({ readable, who }) => readable && who === 3)));
  await sleep(4_000);
  const seen = await look(player, 6_000);
  console.log(`played: ${JSON.stringify(seen)}; sent ${JSON.stringify(await sent(publisher))}`);
  checkTimed(seen.frames > 60 && seen.longestGapMs < 1_000, "the picture does not move");
  check((await sent(publisher)).length > 1, "one encoding only");
});
