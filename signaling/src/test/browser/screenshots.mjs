/**
 * Takes a picture of each state of the page at 1280 and 390 px, for the README and for a review, and checks that nothing
 * sticks out from 390 to 1920 px.
 * Arguments: folder for the server's data, folder for the pictures.
 */
import { mkdirSync } from "node:fs";
import {
  check, chromium, createSpace, joinByPage, notice, pageWithTone, scenario, sleep, token, until,
} from "./browsers.mjs";
import { TcpProxy, reachableAddress } from "./network.mjs";
import { Server } from "./server.mjs";

const [dataDirectory, folder] = process.argv.slice(2);
const PICTURES = { 1280: 800, 390: 844 };
const WIDTHS = [390, 600, 768, 1024, 1280, 1920];

async function shoot(page, name) {
  for (const width of WIDTHS) {
    await page.setViewport({ width, height: PICTURES[width] ?? 900 });
    await sleep(100);
    const sticksOut = await page.evaluate(() =>
      [...document.querySelectorAll("body *")]
        .filter((one) => one.getClientRects().length > 0)
        .filter((one) => {
          const { left, right } = one.getBoundingClientRect();
          return left < -0.5 || right > innerWidth + 0.5;
        })
        .map((one) => one.id || one.className || one.tagName),
    );
    check(sticksOut.length === 0, `${name} at ${width} px: ${sticksOut} stick out`);
    if (PICTURES[width] !== undefined) {
      await page.screenshot({ path: `${folder}/${name}-${width}.png` });
    }
  }
}

await scenario("screenshots", async () => {
  mkdirSync(folder, { recursive: true });
  const browser = await chromium();
  const server = await Server.onFreePorts("--data-dir", dataDirectory);
  const proxy = new TcpProxy(server.httpPort);
  await proxy.open();
  await server.start();
  const base = `http://127.0.0.1:${proxy.port}`;
  const inLobby = (page) => until("the lobby", () => page.evaluate(() => document.getElementById("lobby-title").textContent.length > 1));
  try {
    const front = await pageWithTone(browser, 0);
    await front.goto(`${base}/`);
    await until("the front page", () => front.evaluate(() => !document.getElementById("home").hidden));
    await shoot(front, "front");
    await front.goto(`${base}/s/nosuchspace`);
    await until("the page says so", () => front.evaluate(() => !document.getElementById("over").hidden));
    await shoot(front, "no-such-space");

    const space = await createSpace(base, "Morning briefing: what the river tells us");
    const lobby = await pageWithTone(browser, 0);
    await lobby.goto(`${base}/s/${space.id}`);
    await inLobby(lobby);
    await shoot(lobby, "lobby-before");

    const host = await pageWithTone(browser, 440, 0.4);
    await joinByPage(host, base, space, space.tokens.host, "Ada Lovelace");
    for (const [name, hz] of [["Grace Hopper", 660], ["Alan Turing", 880], ["Mary Jackson", 0]]) {
      const speaker = await pageWithTone(browser, hz || 100, hz ? 0.3 : 0);
      await joinByPage(speaker, base, space, await token(base, space, "speaker", name), name);
      if (hz === 0) {
        await speaker.click("#mute");
      }
    }
    await lobby.reload();
    await inLobby(lobby);
    await shoot(lobby, "lobby");
    if (reachableAddress() !== "127.0.0.1") {
      await lobby.goto(`http://${reachableAddress()}:${server.httpPort}/s/${space.id}`);
      await inLobby(lobby);
      await shoot(lobby, "lobby-insecure");
    }

    const listener = await pageWithTone(browser, 550, 0.2);
    await joinByPage(listener, base, space, undefined, "Katherine Johnson");
    const second = await pageWithTone(browser, 0);
    await joinByPage(second, base, space, undefined, "Dorothy Vaughan, from the back row of the very large hall");
    await until("speaking is shown", () =>
      listener.evaluate(() => document.querySelectorAll(".person.speaking").length >= 2),
    );
    await shoot(listener, "room-listener");
    await listener.click("#hand");
    await until("one's own hand is shown", () =>
      listener.evaluate(() => document.getElementById("hand").textContent === "Lower hand"),
    );
    await shoot(listener, "room-hand");
    await second.click("#hand");
    await until("the hands are seen", () => host.evaluate(() => document.querySelectorAll("#hands li").length === 2));
    await until("the others are seen to speak", () =>
      host.evaluate(() => document.querySelectorAll(".person.speaking").length >= 2),
    );
    await shoot(host, "room-host");

    await host.click("#hands .acts button");
    await until("the listener is on stage", () => listener.evaluate(() => window.rostrum.session.onStage));
    await until("the new speaker is heard", () =>
      host.evaluate(() =>
        [...document.querySelectorAll(".person.speaking .who")].some(({ textContent }) => textContent.startsWith("Katherine")),
      ),
    );
    console.log(`promoted with ${await listener.evaluate(() => window.rostrum.session.negotiations)} negotiation in all`);
    await shoot(listener, "room-promoted");
    await listener.click("#mute");
    await until("the mute is shown", () => listener.evaluate(() => window.rostrum.session.self.muted));
    await shoot(listener, "room-muted");

    const speechless = await pageWithTone(browser, 0);
    await speechless.evaluateOnNewDocument(() => {
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException("Permission denied", "NotAllowedError");
      };
    });
    await joinByPage(speechless, base, space, await token(base, space, "speaker", "Annie Easley"), "Annie Easley");
    await until("the missing microphone is told", () =>
      speechless.evaluate(() => !document.getElementById("microphone-notice").hidden),
    );
    await shoot(speechless, "room-no-microphone");

    await proxy.cut();
    await until("the lost WebSocket is told", async () => (await notice(listener)) !== "");
    await shoot(listener, "room-controls-lost");
    await proxy.mend();
    await until("the listener is back", () => listener.evaluate(() => window.rostrum.session.state === "live"));
    await until("the host is back", () => host.evaluate(() => window.rostrum.session.state === "live"));
    await server.stop("SIGKILL");
    await until("the lost connection is told", async () => (await notice(listener)).startsWith("Connection lost"));
    await shoot(listener, "room-reconnecting");
    await server.start();
    await until("the listener is back", () => listener.evaluate(() => window.rostrum.session.state === "live"), 40_000);
    await until("the host is back", () => host.evaluate(() => window.rostrum.session.state === "live"), 40_000);

    const removed = await listener.evaluate(() => window.rostrum.session.self.id);
    await host.evaluate((id) => window.rostrum.session.remove(id), removed);
    await until("the removal is told", () => listener.evaluate(() => !document.getElementById("over").hidden));
    await shoot(listener, "over-removed");

    const full = await Server.onFreePorts("--data-dir", `${dataDirectory}/full`, "--max-listeners", "1");
    await full.start();
    try {
      const fullBase = `http://127.0.0.1:${full.httpPort}`;
      const fullSpace = await createSpace(fullBase, "Morning briefing: what the river tells us");
      await joinByPage(await pageWithTone(browser, 0), fullBase, fullSpace, undefined, "In");
      const waiting = await pageWithTone(browser, 0);
      await waiting.goto(`${fullBase}/s/${fullSpace.id}`);
      await inLobby(waiting);
      await waiting.click("#join-button");
      await until("the place is told", () => waiting.evaluate(() => !document.getElementById("queue").hidden));
      await shoot(waiting, "queue-full");
    } finally {
      await full.stop("SIGKILL");
    }

    await server.stop("SIGTERM");
    await until("the restart is told", async () => (await notice(host)).startsWith("The server restarts"));
    await shoot(host, "room-draining");
    await server.start();
    await until("the host is back", () => host.evaluate(() => window.rostrum.session.state === "live"), 40_000);
    await fetch(`${base}/v1/spaces/${space.id}`, {
      method: "DELETE",
      headers: { Authorization: `Bearer ${space.tokens.host}` },
    });
    await until("the end is told", () => host.evaluate(() => !document.getElementById("over").hidden));
    await shoot(host, "over-ended");
  } finally {
    await server.stop("SIGKILL");
    await proxy.cut();
  }
}, 240);
