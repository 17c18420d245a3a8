/**
 * Networks fail between the browsers and the server: the WebSocket is cut for 10 s, UDP for 5 s and for 40 s, and the
 * clients' addresses change in the middle of a call. Nobody reloads anything.
 * Arguments: folder for the server's data, who listens (chromium or firefox); the other one speaks.
 */
import {
  check, checkTimed, checkNotReloaded, chromium, concealedSeconds, createSpace, firefox, hears, joinByPage, longestGapMs, mark,
  negotiations, notice, pageWithTone, scenario, sleep, startMeasuring, statistics, until, watchGaps,
} from "./browsers.mjs";
import { TcpProxy, UdpRelay, reachableAddress } from "./network.mjs";
import { Server } from "./server.mjs";

const [dataDirectory, listening] = process.argv.slice(2);
const speaking = listening === "chromium" ? "firefox" : "chromium";
const TONE_HZ = 440;
const packets = (rows) => rows.reduce((sum, row) => sum + row.packetsReceived, 0);
const seconds = (ms) => (ms / 1000).toFixed(1);

await scenario(`networks fail (${listening} listens)`, async () => {
  const browsers = { chromium: await chromium(), firefox: await firefox() };
  const relay = new UdpRelay(reachableAddress());
  await relay.open(0);
  const server = await Server.onFreePorts(
    "--data-dir", dataDirectory, "--advertise", `${relay.address}:${relay.port}`,
  );
  relay.targetPort = server.mediaPort;
  const proxy = new TcpProxy(server.httpPort);
  await proxy.open();
  try {
    await server.start();
    const base = `http://127.0.0.1:${proxy.port}`;
    const space = await createSpace(base, "Networks");
    const speaker = await pageWithTone(browsers[speaking], TONE_HZ);
    await joinByPage(speaker, base, space, space.tokens.host, "Ada");
    const listener = await pageWithTone(browsers[listening], 0);
    await joinByPage(listener, base, space, undefined, "Listener");
    await startMeasuring(listener);
    await hears(listener, TONE_HZ);
    await mark(speaker);
    await mark(listener);
    await watchGaps(listener);
    const pages = { speaker, listener };
    const live = (page) => page.evaluate(() => window.rostrum.session.state === "live");
    const allLive = () =>
      Promise.all(
        Object.entries(pages).map(([who, page]) => until(`the ${who} is live again`, () => live(page), 60_000)),
      );

    await sleep(2_000);
    const untouched = await statistics(listener);
    await sleep(8_000);
    const before = await statistics(listener);
    const share = (from, to) => (concealedSeconds(to) - concealedSeconds(from)) / ((packets(to) - packets(from)) / 50);
    await watchGaps(listener);
    await proxy.cut();
    await until("the page says that it reconnects", async () => (await notice(listener)) !== "");
    await sleep(10_000);
    const during = await statistics(listener);
    const mendedAt = performance.now();
    await proxy.mend();
    await allLive();
    const backMs = performance.now() - mendedAt;
    const usual = share(untouched, before);
    const concealed = share(before, await statistics(listener));
    const gapMs = await longestGapMs(listener);
    console.log(
      `${listening}: WebSocket cut for 10 s: back ${seconds(backMs)} s after it could be; concealed` +
        ` ${(100 * concealed).toFixed(2)} % of it (${(100 * usual).toFixed(2)} % before), longest gap ${gapMs} ms, ${packets(during) - packets(before)} packets came meanwhile`,
    );
    checkTimed(packets(during) - packets(before) > 400, "media stopped with the WebSocket");
    checkTimed(concealed < usual + 0.1 && gapMs < 100, `the listener heard a gap: ${concealed} concealed, ${gapMs} ms quiet`);
    const lost = (rows) => rows.reduce((sum, row) => sum + row.packetsLost, 0);
    check(lost(during) === lost(before), `${lost(during) - lost(before)} packets were lost with the WebSocket`);
    check((await negotiations(listener)) === 1, "the lost WebSocket cost the listener its connection");

    for (const cutSeconds of [5, 40]) {
      await sleep(1_000);
      relay.cut();
      await sleep(cutSeconds * 1000);
      const mended = performance.now();
      await watchGaps(listener);
      relay.mend();
      await hears(listener, TONE_HZ, 60_000);
      const hearsMs = performance.now() - mended;
      await allLive();
      console.log(
        `${listening}: UDP cut for ${cutSeconds} s: hearing ${seconds(hearsMs)} s after it was mended` +
          ` (${await negotiations(listener)} and ${await negotiations(speaker)} connections so far)`,
      );
    }

    await sleep(2_000);
    const made = await negotiations(listener);
    await watchGaps(listener);
    relay.changeAddresses();
    await sleep(500);
    await hears(listener, TONE_HZ, 30_000);
    await sleep(10_000);
    await allLive();
    console.log(
      `${listening}: everybody's address changed: nothing to hear for ${await longestGapMs(listener)} ms,` +
        ` ${(await negotiations(listener)) - made} new connections`,
    );
    await checkNotReloaded(speaker, "the speaker");
    await checkNotReloaded(listener, "the listener");
  } finally {
    await server.stop("SIGKILL");
    await proxy.cut();
    relay.close();
  }
});
