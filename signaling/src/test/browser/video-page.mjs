/**
 * The page of a space with video, without looking at pictures of others: cameras and screens are shown and taken off,
 * everybody is told, nothing is negotiated again, and the offer is short.
 * Arguments: server's address, browser.
 */
import { check, chromium, firefox, joinByPage, negotiations, scenario, sleep, token, until } from "./browsers.mjs";
import { createVideoSpace, pageWithCamera, showCamera, showScreen } from "./pictures.mjs";

const [base, kind = "chromium"] = process.argv.slice(2);

const tiles = (page) =>
  page.evaluate(() => [...document.querySelectorAll(".picture")].map(({ dataset }) => dataset.source).sort().join());

await scenario(`the page of a space with video, ${kind}`, async () => {
  const browser = kind === "firefox" ? await firefox() : await chromium();
  const space = await createVideoSpace(base, "Cameras and screens");
  const host = await pageWithCamera(browser, { identity: 1 });
  await joinByPage(host, base, space, space.tokens.host, "Ada");
  const speaker = await pageWithCamera(browser, { identity: 2, hz: 660 });
  await joinByPage(speaker, base, space, await token(base, space, "speaker", "Ben"), "Ben");
  const listener = await pageWithCamera(browser, { identity: 3, hz: 880 });
  await joinByPage(listener, base, space, undefined, "Listener");

  const offer = await host.evaluate(() => window.rostrum.session.peerConnection.localDescription.sdp.length);
  const lines = await host.evaluate(() =>
    window.rostrum.session.peerConnection
      .getTransceivers()
      .map(({ receiver, currentDirection }) => `${receiver.track.kind} ${currentDirection}`)
      .join(),
  );
  console.log(`the description has ${offer} characters with candidates; m-lines: ${lines}`);
  check(lines.startsWith("audio sendonly,video sendonly,video sendonly,audio sendonly,audio recvonly"), lines);

  await showCamera(host);
  await until("the listener has a tile", async () => (await tiles(listener)) === "camera");
  await until("the host sees itself", () =>
    host.evaluate(() => document.querySelector(".picture.own video")?.videoWidth === 1280),
  );
  await showScreen(speaker);
  await until("the listener has two tiles", async () => (await tiles(listener)) === "camera,screen");
  check(await host.evaluate(() => document.getElementById("screen").disabled), "a second screen could be shown");
  check(await listener.evaluate(() => document.getElementById("camera").hidden), "a listener could show a camera");

  // On a phone the controls have several rows; whoever scrolls to the end sees all that is above them, large print or not.
  if (kind === "chromium") {
    await host.setViewport({ width: 390, height: 700 });
    for (const size of ["", "32px"]) {
      const [end, top, bottom] = await host.evaluate((fontSize) => {
        document.body.style.fontSize = fontSize;
        scrollTo(0, document.body.scrollHeight);
        const bar = document.querySelector(".controls").getBoundingClientRect();
        return [document.getElementById("stage").getBoundingClientRect().bottom, bar.top, innerHeight - bar.bottom];
      }, size);
      check(end <= top, `at 390 px with a font of ${size || "the usual size"}, ${end - top} px of the stage are covered`);
      check(Math.abs(bottom) < 1, `the controls are ${bottom} px above the edge of the window`);
    }
    await host.evaluate(() => document.body.style.removeProperty("font-size"));
    await host.setViewport({ width: 1280, height: 800 });
  }

  // The slots ask for the size that is shown, and again when it changes.
  const wished = () => listener.evaluate(() => window.wished?.at(-1));
  await listener.evaluate(() => {
    window.wished = [];
    const { session } = window.rostrum;
    const send = session.setSlots.bind(session);
    session.setSlots = (slots) => {
      window.wished.push(slots.video);
      return send(slots);
    };
  });
  if (kind === "chromium") {
    await listener.setViewport({ width: 1280, height: 800 });
    await until("the wide page asks", async () => Math.max(...((await wished()) ?? [{ height: 0 }]).map((w) => w.height)) > 340);
    const wide = (await wished()).map(({ height }) => height);
    await listener.setViewport({ width: 390, height: 844 });
    await until("the narrow page asks for less", async () => Math.max(...(await wished()).map((w) => w.height)) < Math.max(...wide));
    console.log(`heights asked for: ${wide} at 1280 px, ${(await wished()).map(({ height }) => height)} at 390 px`);
    await listener.setViewport({ width: 1280, height: 800 });
  }
  await listener.evaluate(() => document.getElementById("sound-only").click());
  await until("sound only asks for nothing", async () => ((await wished())?.length ?? -1) === 0);
  check((await tiles(listener)) === "", "sound only shows pictures");
  const avatars = () => listener.evaluate(() => [...document.querySelectorAll("#stage .who")].map((who) => who.textContent).join());
  check((await avatars()) === "Ada,Ben", `with sound only, on stage are shown: ${await avatars()}`);
  await listener.evaluate(() => document.getElementById("sound-only").click());
  await until("pictures are asked for again", async () => (await wished()).length === 2);
  check((await avatars()) === "Ben", `beside the pictures, on stage are shown: ${await avatars()}`);
  await listener.evaluate(() => document.querySelector(".picture.camera .pin").click());
  await until("the pinned one is said to be", async () =>
    (await wished()).every(({ source, pinned }) => pinned === (source === "camera")),
  );
  check(await listener.evaluate(() => document.querySelector(".picture.camera").classList.contains("large")), "pinned, not large");

  // A caption's buttons are made anew when something about somebody changes: the focus stays where it was, or beside it.
  await showCamera(speaker);
  await until("the host sees two cameras", async () => (await tiles(host)) === "camera,camera,screen");
  const focusOn = (label) => host.evaluate((one) => document.querySelector(`[aria-label="${one}"]`).focus(), label);
  const focused = () => host.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.localName);
  const seenMuted = (muted) =>
    until(`Ben is seen to be ${muted ? "" : "un"}muted`, () =>
      host.evaluate(
        (wanted) =>
          [...document.querySelectorAll(".picture.camera .who")].some(
            ({ textContent }) => textContent === (wanted ? "Ben · muted" : "Ben"),
          ),
        muted,
      ),
    );
  await focusOn("Mute Ben");
  await host.evaluate(() => document.activeElement.click());
  await seenMuted(true);
  check((await focused()) === "Pin Ben · muted", `after muting by a caption's button, the focus is on ${await focused()}`);
  await focusOn("Send Ben off the stage");
  // The host may see it before Ben's own page does; his button would mute him once more then.
  await until("Ben's page says that he is muted", () =>
    speaker.evaluate(() => document.getElementById("mute").textContent === "Unmute"),
  );
  await speaker.evaluate(() => document.getElementById("mute").click());
  await seenMuted(false);
  check((await focused()) === "Send Ben off the stage", `after Ben has unmuted, the focus is on ${await focused()}`);
  await speaker.evaluate(() => document.getElementById("camera").click());
  await until("the host sees one camera", async () => (await tiles(host)) === "camera,screen");
  check((await focused()) === "h1", `after a picture has gone, the focus is on ${await focused()}`);

  // The host takes the screen off.
  await host.evaluate(() => {
    const { session } = window.rostrum;
    const ben = [...session.participants.values()].find(({ name }) => name === "Ben");
    return session.mute(ben.id, "screen");
  });
  await until("the screen is gone", async () => (await tiles(listener)) === "camera");
  await until("its track is stopped", () =>
    speaker.evaluate(() => window.rostrum.session.peerConnection.getSenders().every(({ track }) => track?.kind !== "video")),
  );
  await host.evaluate(() => document.getElementById("camera").click());
  await until("the camera is gone", async () => (await tiles(listener)) === "");
  await sleep(300);
  for (const page of [host, speaker, listener]) {
    check((await negotiations(page)) === 1, "something was negotiated again");
  }

  // Two clicks on a slow camera open one of them, and a camera that can't be changed to is taken off, and says why.
  await host.evaluate(() => {
    const { mediaDevices } = navigator;
    const give = mediaDevices.getUserMedia.bind(mediaDevices);
    window.cameras = [];
    mediaDevices.getUserMedia = async (constraints) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      if (window.busy) {
        throw new DOMException("", "NotReadableError");
      }
      const stream = await give(constraints);
      window.cameras.push(...stream.getVideoTracks());
      return stream;
    };
    document.getElementById("camera").click();
    document.getElementById("camera").click();
  });
  const camera = () =>
    host.evaluate(() => ({
      button: document.getElementById("camera").textContent,
      opened: window.cameras.length,
      open: window.cameras.filter(({ readyState }) => readyState === "live").length,
    }));
  await until("the camera is shown", async () => (await camera()).button === "Camera off");
  await sleep(500);
  check((await camera()).opened === 1, `two clicks: ${JSON.stringify(await camera())}`);
  await host.evaluate(() => {
    window.busy = true;
    const select = document.getElementById("camera-device");
    select.append(new Option("Another", "another"));
    select.value = "another";
    select.dispatchEvent(new Event("change"));
  });
  await until("the camera is off", async () => (await camera()).button === "Camera on");
  await until("the busy camera is told", () =>
    host.evaluate(() => document.getElementById("status").textContent.includes("in use by another program")),
  );
  check((await camera()).open === 0, `after changing to a busy camera: ${JSON.stringify(await camera())}`);

  // A page whose owner did not know that there is video finds out.
  const late = await pageWithCamera(browser, { identity: 4 });
  await late.goto(`${base}/s/${space.id}`);
  const found = await late.evaluate(async (url) => {
    const { RostrumSession } = await import("/rostrum.js");
    const session = new RostrumSession({ url });
    await session.join();
    for (let i = 0; i < 200 && !(session.state === "live" && session.video !== null); i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const slots = session.peerConnection.getTransceivers().filter(({ receiver }) => receiver.track.kind === "video").length;
    const { state, negotiations: offers } = session;
    await session.leave();
    return { state, slots, offers };
  }, `${base}/v1/spaces/${space.id}/join`);
  check(found.state === "live" && found.slots === 11 && found.offers === 2, JSON.stringify(found));
});
