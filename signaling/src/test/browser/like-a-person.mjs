/**
 * No flag for autoplay or insecure origins: the page over self-signed TLS at a second local address, a click on the one
 * button, and the tone is heard. The certificate warning is the only thing that is clicked away.
 * Arguments: server's https address, server's http(s) address for the speaker.
 */
import {
  chromium, createSpace, hears, joinByPage, pageWithTone, scenario, startMeasuring,
} from "./browsers.mjs";

const [base] = process.argv.slice(2);
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // this script's own fetch; the browsers decide for themselves

await scenario("without any flag", async () => {
  const space = await createSpace(base, "Like a person");
  const speaker = await pageWithTone(await chromium(), 440);
  await joinByPage(speaker, base, space, space.tokens.host, "Ada");
  const plain = await chromium({ plain: true });
  const listener = await pageWithTone(plain, 0);
  await joinByPage(listener, base, space, undefined, "Listener");
  const blocked = await listener.$eval("#unblock", (button) => !button.hidden);
  if (blocked) {
    throw new Error("the click on the button was no gesture: the page asks to tap to hear");
  }
  await startMeasuring(listener);
  await hears(listener, 440);
});
