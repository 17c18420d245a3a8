/**
 * The server is told to stop (SIGTERM) while two browsers are in a space: both say so in plain words, and are back by
 * themselves when it runs again. Nobody is kept by a server that answers no more. A second signal ends a server at once
 * that still waits for somebody.
 * Arguments: folder for the server's data.
 */
import { createConnection } from "node:net";
import {
  check, checkTimed, checkNotReloaded, chromium, createSpace, firefox, hears, joinByPage, mark, notice, pageWithTone, scenario, sleep,
  startMeasuring, until,
} from "./browsers.mjs";
import { Server } from "./server.mjs";

const [dataDirectory] = process.argv.slice(2);
const TONE_HZ = 440;
const seconds = (ms) => (ms / 1000).toFixed(1);

await scenario("drain", async () => {
  const server = await Server.onFreePorts("--data-dir", dataDirectory, "--drain-timeout", "30");
  try {
    await server.start();
    const space = await createSpace(server.address, "Drain");
    const pages = {
      speaker: await pageWithTone(await chromium(), TONE_HZ),
      listener: await pageWithTone(await firefox(), 0),
    };
    await joinByPage(pages.speaker, server.address, space, space.tokens.host, "Ada");
    await joinByPage(pages.listener, server.address, space, undefined, "Listener");
    await startMeasuring(pages.listener);
    await hears(pages.listener, TONE_HZ);
    for (const page of Object.values(pages)) {
      await mark(page);
      await page.evaluate(() => {
        window.rostrum.session.addEventListener("draining", ({ detail }) => {
          window.comeBackAfterMs = detail.comeBackAfterMs;
        });
      });
    }

    const at = performance.now();
    const stopMs = await server.stop("SIGTERM");
    for (const [who, page] of Object.entries(pages)) {
      await until(`the ${who}'s page says that the server restarts`, async () =>
        (await notice(page)).startsWith("The server restarts"),
      );
    }
    const told = {};
    for (const [who, page] of Object.entries(pages)) {
      told[who] = await page.evaluate(() => window.comeBackAfterMs);
    }
    checkTimed(told.speaker < 2_000 && told.listener >= 2_000, `the stage is to be back first: ${JSON.stringify(told)}`);
    const startMs = await server.start();
    await Promise.all(
      Object.entries(pages).map(([who, page]) =>
        until(`the ${who} is live again`, () => page.evaluate(() => window.rostrum.session.state === "live"), 40_000),
      ),
    );
    await hears(pages.listener, TONE_HZ, 40_000);
    const backMs = performance.now() - at;
    check((await notice(pages.listener)) === "", "the page still says that the server restarts");
    for (const [who, page] of Object.entries(pages)) {
      await checkNotReloaded(page, `the ${who}`);
    }
    console.log(
      `SIGTERM: the server ended after ${seconds(stopMs)} s and was ready again ${seconds(startMs)} s after its start;` +
        ` told to come back after ${told.speaker} ms (stage) and ${told.listener} ms; hearing after ${seconds(backMs)} s`,
    );

    server.signal("SIGSTOP");
    await pages.listener.click("#leave");
    await until("who leaves a silent server is out", () =>
      pages.listener.evaluate(() => !document.getElementById("over").hidden), 5_000,
    ).finally(() => server.signal("SIGCONT"));

    const slow = createConnection(server.httpPort, "127.0.0.1");
    slow.on("error", () => {});
    slow.write("POST /v1/spaces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
    await sleep(500);
    let ended = false;
    const firstAt = performance.now();
    const gone = server.stop("SIGTERM").then(() => (ended = true));
    await sleep(2_000);
    check(!ended, "the server did not wait for a request that was on its way");
    server.signal("SIGTERM");
    const secondAt = performance.now();
    await gone;
    console.log(
      `a second SIGTERM, ${seconds(secondAt - firstAt)} s after the first, ended it within` +
        ` ${Math.round(performance.now() - secondAt)} ms`,
    );
    checkTimed(performance.now() - secondAt < 2_000, "a second SIGTERM did not end the server at once");
    slow.destroy();
  } finally {
    await server.stop("SIGKILL");
  }
});
