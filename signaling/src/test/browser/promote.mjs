/**
 * A listener asks to speak, the host promotes, another listener hears them: on the connection that is already there.
 * Then the host demotes, and nothing of theirs is forwarded, although they go on sending.
 * Arguments: server's address.
 */
import {
  HEARD_DB, check, checkTimed, chromium, createSpace, firefox, isSilentAt, joinByPage, pageWithTone, scenario, sleep,
  startMeasuring, statistics, until,
} from "./browsers.mjs";

const [base] = process.argv.slice(2);
const TONE_HZ = 440;

await scenario("promotion", async () => {
  const browsers = { chromium: await chromium(), firefox: await firefox() };
  for (const [kind, browser] of Object.entries(browsers)) {
    const space = await createSpace(base, `Promotion in ${kind}`);
    const host = await pageWithTone(browsers.chromium, 100, 0);
    await joinByPage(host, base, space, space.tokens.host, "Host");
    const other = await pageWithTone(browsers.chromium, 100, 0);
    await joinByPage(other, base, space, undefined, "Other");
    await startMeasuring(other);
    const asking = await pageWithTone(browser, TONE_HZ);
    await joinByPage(asking, base, space, undefined, "Asking");
    await asking.evaluate(() => {
      const { peerConnection } = window.rostrum.session;
      window.seen = { peerConnection, events: [] };
      peerConnection.addEventListener("negotiationneeded", () => window.seen.events.push("negotiationneeded"));
      peerConnection.addEventListener("icecandidate", () => window.seen.events.push("icecandidate"));
      peerConnection.addEventListener("signalingstatechange", () => window.seen.events.push("signalingstatechange"));
    });
    await asking.click("#hand");
    // The raised hand has asked for it; a host takes longer than the browser's answer.
    await until("the microphone is open", () => asking.evaluate(() => window.tone.volume !== undefined));
    await until("the host sees the hand", () => host.evaluate(() => !document.getElementById("hands-panel").hidden));
    const csrc = await asking.evaluate(() => window.rostrum.session.self.csrc);
    // Statistics are a little old, contributing sources come only when the packet is played: whichever tells first.
    const forwarded = other.evaluate(async (speaker) => {
      const { peerConnection } = window.rostrum.session;
      const received = async () => {
        let packets = 0;
        (await peerConnection.getStats()).forEach((entry) => {
          packets += entry.type === "inbound-rtp" ? entry.packetsReceived : 0;
        });
        return packets;
      };
      const before = await received();
      for (;;) {
        const named = peerConnection
          .getReceivers()
          .some((receiver) => receiver.getContributingSources().some(({ source }) => source === speaker));
        if (named || (await received()) > before) {
          return performance.timeOrigin + performance.now();
        }
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }, csrc);
    const heard = other.evaluate(
      (frequency, threshold) =>
        new Promise((resolve) => {
          const look = () =>
            window.ears.level(frequency) > threshold
              ? resolve(performance.timeOrigin + performance.now())
              : setTimeout(look, 5);
          look();
        }),
      TONE_HZ,
      HEARD_DB,
    );
    const clickedAt = await host.evaluate(() => {
      document.querySelector("#hands .acts button").click();
      return performance.timeOrigin + performance.now();
    });
    const forwardedMs = Math.round((await forwarded) - clickedAt);
    const heardMs = Math.round((await heard) - clickedAt);
    console.log(
      `${kind} is promoted: from the host's click ${forwardedMs} ms to the first packet that another listener gets,` +
        ` ${heardMs} ms to the first audible sample`,
    );
    checkTimed(forwardedMs <= heardMs + 20, `${kind}: it was heard before its packets came?`);
    const seen = await asking.evaluate(() => ({
      same: window.seen.peerConnection === window.rostrum.session.peerConnection,
      negotiations: window.rostrum.session.negotiations,
      events: window.seen.events,
    }));
    check(seen.same && seen.negotiations === 1 && seen.events.length === 0, `${kind}: ${JSON.stringify(seen)}`);

    await asking.evaluate(() => {
      window.rostrum.session.setMicrophone = async () => {}; // a client that does not stop sending
    });
    await host.evaluate(() =>
      [...document.querySelectorAll(".person .acts button")].find(({ textContent }) => textContent === "Off stage").click(),
    );
    await isSilentAt(other, TONE_HZ);
    await sleep(500);
    const settled = (await statistics(other)).reduce((sum, row) => sum + row.packetsReceived, 0);
    await sleep(2_000);
    const later = (await statistics(other)).reduce((sum, row) => sum + row.packetsReceived, 0);
    check(later === settled, `${kind}: ${later - settled} packets of a demoted client were forwarded`);

    // A co-host sees hands; one who was sent off the stage meanwhile sees none that went down.
    const hands = () => other.evaluate(() => document.querySelectorAll("#hands li").length);
    const makeOther = (role) =>
      host.evaluate(
        (id, wanted) => {
          const { session } = window.rostrum;
          return wanted === "cohost" ? session.promote(id, "cohost") : session.demote(id);
        },
        otherId,
        role,
      );
    const otherId = await other.evaluate(() => window.rostrum.session.self.id);
    await makeOther("cohost");
    await asking.click("#hand");
    await until("the co-host sees the hand", async () => (await hands()) === 1);
    await makeOther("listener");
    await until("the co-host is one no more", () => other.evaluate(() => !window.rostrum.session.onStage));
    await asking.click("#hand");
    await until("the host sees no hand", () => host.evaluate(() => document.getElementById("hands-panel").hidden));
    await makeOther("cohost");
    await until("the co-host is one again", () => other.evaluate(() => window.rostrum.session.self.role === "cohost"));
    await sleep(300);
    check((await hands()) === 0, `${kind}: a co-host sees a hand that is down`);
  }
});
