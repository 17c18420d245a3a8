/**
 * One speaks on the page, Chromium and Firefox listen on the page: each hears the tone, and stops hearing it at mute
 * with hardly any concealment.
 * Arguments: server's address, who speaks (chromium or firefox).
 */
import {
  HEARD_DB, check, checkTimed, chromium, concealedSeconds, createSpace, firefox, hears, isSilentAt, joinByPage, levelAt,
  pageWithTone, scenario, sleep, startMeasuring, statistics, until,
} from "./browsers.mjs";

const [base, speakerBrowser] = process.argv.slice(2);
const TONE_HZ = 440;

await scenario(`one speaks (${speakerBrowser})`, async () => {
  const space = await createSpace(base, "One speaks");
  const browsers = { chromium: await chromium(), firefox: await firefox() };

  const speaker = await pageWithTone(browsers[speakerBrowser], TONE_HZ);
  await joinByPage(speaker, base, space, space.tokens.host, "Ada");

  for (const [kind, browser] of Object.entries(browsers)) {
    const listener = await pageWithTone(browser, 0);
    await joinByPage(listener, base, space, undefined, `${kind} listener`);
    const clickedAt = await listener.evaluate(() => window.rostrum.timings.joinClicked);
    await startMeasuring(listener);
    const audibleAt = await listener.evaluate(
      (frequency, threshold) =>
        new Promise((resolve) => {
          const look = () =>
            window.ears.level(frequency) > threshold ? resolve(performance.now()) : setTimeout(look, 5);
          look();
        }),
      TONE_HZ,
      HEARD_DB,
    );
    console.log(`${kind}: from the click to the first audible sample ${Math.round(audibleAt - clickedAt)} ms`);
    check((await levelAt(listener, 1234)) < HEARD_DB, "a tone that nobody plays is heard: the measurement is wrong");
    await sleep(1_000);

    const earlier = await statistics(listener);
    await sleep(2_500);
    const before = await statistics(listener);
    await speaker.click("#mute");
    await isSilentAt(listener, TONE_HZ);
    await sleep(2_500);
    const after = await statistics(listener);
    const concealed = concealedSeconds(after) - concealedSeconds(before);
    const usual = concealedSeconds(before) - concealedSeconds(earlier);
    console.log(`${kind}: concealed at mute ${concealed.toFixed(3)} s, as long before ${usual.toFixed(3)} s`);
    // A busy machine makes browsers conceal at any time: that is not the mute's.
    checkTimed(concealed < 0.1 + Math.min(usual, 0.1), `${kind} concealed ${concealed} s at mute, ${usual} s before`);
    const settled = after.reduce((sum, row) => sum + row.packetsReceived, 0);
    await sleep(1_500);
    const later = (await statistics(listener)).reduce((sum, row) => sum + row.packetsReceived, 0);
    check(later === settled, `a muted speaker still cost ${later - settled} packets`);

    await speaker.click("#mute");
    await hears(listener, TONE_HZ);
    check(
      (await listener.evaluate(() => window.rostrum.session.negotiations)) === 1,
      "the listener negotiated more than once",
    );
    await until("the page names the speaker", () =>
      listener.evaluate(() => document.querySelector(".person.speaking .who")?.textContent === "Ada"),
    );
  }
});
