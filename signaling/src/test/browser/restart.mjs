/**
 * The server's process is killed (SIGKILL) in a running space and started again: the speaker and the listener are back
 * without a reload, and the listener hears the speaker.
 * Arguments: folder for the server's data. Who speaks alternates between Chromium and Firefox. If ROSTRUM_CROWD is set (a
 * number), as many simulated listeners are in the space too, and are back as well.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  check, checkNotReloaded, chromium, createSpace, firefox, hears, isSilentAt, joinByPage, mark, notice,
  pageWithTone, scenario, startMeasuring, until,
} from "./browsers.mjs";
import { Server } from "./server.mjs";

const [dataDirectory] = process.argv.slice(2);
const TONE_HZ = 440;
const CROWD = Number(process.env.ROSTRUM_CROWD ?? 0);
const LAUNCHER = fileURLToPath(new URL("../../../../rostrum", import.meta.url));

/** Simulated listeners; what they print comes line by line. */
class Crowd {
  #lines = [];

  constructor(link) {
    this.process = spawn(LAUNCHER, ["bench", "crowd", link, "--listeners", CROWD, "--seconds", 120].map(String), {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.process.stdout.on("data", (data) => this.#lines.push(...String(data).split("\n").filter((line) => line !== "")));
  }

  async says(text) {
    await until(`the crowd says: ${text}`, () => this.#lines.some((line) => line.includes(text)), 60_000);
    const line = this.#lines.find((said) => said.includes(text));
    this.#lines = [];
    return line;
  }

  leave() {
    this.process.kill("SIGTERM");
  }
}

await scenario("kill -9 and restart", async () => {
  const browsers = { chromium: await chromium(), firefox: await firefox() };
  const server = await Server.onFreePorts("--data-dir", dataDirectory);
  try {
    await server.start();
    for (const [speaking, listening] of [["chromium", "firefox"], ["firefox", "chromium"]]) {
      const base = server.address;
      const space = await createSpace(base, "Restart");
      const speaker = await pageWithTone(browsers[speaking], TONE_HZ);
      await joinByPage(speaker, base, space, space.tokens.host, "Ada");
      const listener = await pageWithTone(browsers[listening], 0);
      await joinByPage(listener, base, space, undefined, "Listener");
      await startMeasuring(listener);
      await hears(listener, TONE_HZ);
      const crowd = CROWD > 0 ? new Crowd(space.links.page) : null;
      await crowd?.says(`${CROWD} of ${CROWD} hear the stage`);
      await mark(speaker);
      await mark(listener);
      const { participant, resume } = await listener.evaluate(() => ({
        participant: window.rostrum.session.self.id, resume: window.rostrum.session.resume,
      }));

      const killedAt = performance.now();
      await server.stop("SIGKILL");
      const startMs = await server.start();
      await isSilentAt(listener, TONE_HZ);
      const line = await notice(listener);
      const backAt = {};
      await Promise.all(
        Object.entries({ speaker, listener }).map(async ([who, page]) => {
          await until(`the ${who} is live`, () => page.evaluate(() => window.rostrum.session.state === "live"), 40_000);
          backAt[who] = performance.now();
        }),
      );
      await hears(listener, TONE_HZ, 40_000);
      const hearsAt = performance.now();
      await checkNotReloaded(speaker, "the speaker");
      await checkNotReloaded(listener, "the listener");
      const after = await listener.evaluate(() => ({
        participant: window.rostrum.session.self.id, resume: window.rostrum.session.resume,
      }));
      check(after.participant === participant && after.resume === resume, "the listener is somebody else now");
      check(line !== "", "the page said nothing while it was cut off");
      const seconds = (ms) => (ms / 1000).toFixed(1);
      console.log(
        `${speaking} speaks, ${listening} listens: server up again ${seconds(startMs)} s after the kill,` +
          ` speaker back after ${seconds(backAt.speaker - killedAt)} s,` +
          ` listener back after ${seconds(backAt.listener - killedAt)} s and hearing after ${seconds(hearsAt - killedAt)} s`,
      );
      if (crowd !== null) {
        console.log(await crowd.says("hear the stage again"));
        crowd.leave();
      }
      await speaker.close();
      await listener.close();
    }
  } finally {
    await server.stop("SIGKILL");
  }
});
