/**
 * A camera goes from one browser to the other in each codec that both have; who has it not hears the sound and reads a notice.
 * Arguments: server's address, who publishes, who watches, codecs with commas.
 */
import { check, checkTimed, chromium, firefox, joinByPage, scenario, sleep, until } from "./browsers.mjs";
import { createVideoSpace, look, pageWithCamera, seesHeight, sent, showCamera, showScreen, watchPictures } from "./pictures.mjs";

const [base, publishing = "chromium", watching = "chromium", codecs = "VP8,VP9,H264,AV1"] = process.argv.slice(2);

await scenario(`codecs ${codecs} (${publishing} to ${watching})`, async () => {
  const browsers = {};
  for (const kind of new Set([publishing, watching])) {
    browsers[kind] = kind === "firefox" ? await firefox() : await chromium();
  }
  for (const codec of codecs.split(",")) {
    const space = await createVideoSpace(base, codec, [codec]);
    const publisher = await pageWithCamera(browsers[publishing], { identity: 5 });
    await joinByPage(publisher, base, space, space.tokens.host, "Ada");
    const offered = await publisher.evaluate(() => window.rostrum.session.video.canShow);
    if (!offered) {
      console.log(`${codec}: ${publishing} has it not, and its page says so by a button that is off`);
      check(await publisher.evaluate(() => document.getElementById("camera").disabled), "the button is on");
      await publisher.close();
      continue;
    }
    await showCamera(publisher);
    const watcher = await pageWithCamera(browsers[watching], { identity: 6 });
    await joinByPage(watcher, base, space, undefined, "Listener");
    await watchPictures(watcher);
    const has = await watcher.evaluate(
      (name) => RTCRtpReceiver.getCapabilities("video").codecs.some(({ mimeType }) => mimeType.toUpperCase() === `VIDEO/${name}`),
      codec,
    );
    if (!has) {
      await until("the notice", () =>
        watcher.evaluate(() => document.querySelector(".picture-notice")?.textContent.includes("can't show")),
      );
      console.log(`${codec}: ${watching} has it not, and reads why`);
    } else {
      await seesHeight(watcher, `${codec} moves`, (height) => height >= 180, 15_000);
      await sleep(3_000);
      const seen = await look(watcher, 6_000);
      console.log(`${codec}: ${JSON.stringify(seen)}; sent ${JSON.stringify(await sent(publisher))}`);
      checkTimed(seen.frames > 60 && seen.longestGapMs < 1_000, `${codec} does not move`);
      check(seen.who.join() === "5", "somebody else's picture");
    }
    if (codec === "VP8") {
      await showScreen(publisher);
      await until("the screen is seen", () =>
        watcher.evaluate(() => window.frames_.some(({ source, readable, who }) => source === "screen" && readable && who === 10)),
      );
      console.log("the screen is seen beside the camera");
    }
    await publisher.close();
    await watcher.close();
  }
});
