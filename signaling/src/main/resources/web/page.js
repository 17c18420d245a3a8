/** The page: what a person sees of a space. Everything that connects lives in rostrum.js. */
import { RostrumSession } from "/rostrum.js";

const $ = (id) => document.getElementById(id);
const views = ["home", "lobby", "queue", "room", "over"];
const ROLES = { host: "Host", cohost: "Co-host", speaker: "Speaker", listener: "Listener" };

/** Why there is no microphone, by the name of the browser's error. */
const MICROPHONE_FAULTS = {
  SecurityError: "browsers give the microphone only to secure addresses. Open this space by https.",
  NotAllowedError: "this page may not use the microphone. Allow it in the browser's address bar, then press Unmute.",
  NotFoundError: "no microphone was found. Plug one in, then press Unmute.",
  NotReadableError: "the microphone is in use by another program. Close that, then press Unmute.",
};

const spaceId = /^\/s\/([A-Za-z0-9_-]+)$/.exec(location.pathname)?.[1];
const fragment = new URLSearchParams(location.hash.slice(1));
const memory = `rostrum:${spaceId}`;
const ticketMemory = `rostrum:${spaceId}:ticket`;

let session = null;
let microphone = null;
let microphoneAsked = null;
let speaking = new Map();
let draining = false;
/** What is known of the space before joining it. */
let details = null;
/** The pictures of a space with video; its code is loaded only there. */
let pictures = null;
let picturesAsked = null;
let microphoneDevice = "";
/** Whether one wants to be muted, while the server does not know it yet; else null. */
let muteWish = null;
let mutePending = false;
/** What is kept for the next time, and what is kept for a reload of this tab. */
const kept = keeper("localStorage");
const keptHere = keeper("sessionStorage");
/** Milliseconds, as performance.now() gives them: for whoever measures how fast the page is. */
const timings = { joinClicked: 0, live: 0, microphoneOn: 0 };
window.rostrum = {
  timings,
  get session() {
    return session;
  },
};

/** One of the browser's stores. A browser may refuse it, already when it is named: then all is kept until the page goes. */
function keeper(store) {
  const own = new Map();
  const either = (theirs, ours) => {
    try {
      return theirs(window[store]);
    } catch {
      return ours();
    }
  };
  return {
    getItem: (key) => either((it) => it.getItem(key), () => null) ?? own.get(key) ?? null,
    setItem: (key, value) => either((it) => it.setItem(key, value), () => void own.set(key, value)),
    removeItem: (key) => either((it) => it.removeItem(key), () => {}) ?? own.delete(key),
  };
}

/** Shows one view. The room's and the last one's heading get the focus, so that a screen reader reads on there. */
function show(view) {
  for (const each of views) {
    $(each).hidden = each !== view;
  }
  if (view === "room" || view === "over") {
    $(view).querySelector("h1").focus();
  }
}

function say(text) {
  $("status").textContent = text;
}

// ---- the front page

async function request(path, options = {}) {
  const response = await fetch(path, options);
  const body = response.status === 204 ? {} : await response.json().catch(() => ({}));
  if (!response.ok) {
    const error = new Error(body.detail ?? body.title ?? `The server answered ${response.status}.`);
    error.status = response.status;
    throw error;
  }
  return body;
}

$("create").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.target.querySelector("button");
  button.disabled = true;
  say("Creating …");
  try {
    const key = $("api-key").value;
    const space = await request("/v1/spaces", {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(key ? { Authorization: `Bearer ${key}` } : {}) },
      body: JSON.stringify({ title: $("title").value, video: $("video").checked }),
    });
    kept.setItem("rostrum:name", $("host-name").value);
    location.assign(`/s/${space.id}#token=${space.tokens.host}`);
  } catch (error) {
    button.disabled = false;
    $("api-key-row").hidden = error.status !== 401 && error.status !== 403;
    say(error.message);
  }
});

// A browser may bring this page back as it was left: on the way to the lobby.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted && spaceId === undefined) {
    $("create").querySelector("button").disabled = false;
    say("");
  }
});

// ---- the lobby

async function openLobby() {
  show("lobby");
  $("name").value = kept.getItem("rostrum:name") ?? "";
  const returns = keptHere.getItem(memory) !== null;
  $("join-button").textContent = returns || fragment.get("token") !== null ? "Join" : "Listen";
  try {
    const space = await request(`/v1/spaces/${spaceId}`);
    details = space;
    document.title = `${space.title} · Rostrum`;
    $("lobby-title").textContent = space.title;
    if (space.state === "ended") {
      over("This space has ended.", "It was closed by its host.", false);
      return;
    }
    $("lobby-state").textContent = space.state === "live" ? "Live now" : "Not started yet";
    $("lobby-detail").textContent = whatComes(space.state === "live", returns);
  } catch (error) {
    if (error.status === 404) {
      over("There is no such space.", "Check the link: it may be incomplete.", false);
      return;
    }
    $("lobby-title").textContent = "A live space";
    $("lobby-detail").textContent = "Its details can't be read right now. You can join all the same.";
  }
  if (!window.isSecureContext) {
    $("lobby-hint").textContent =
      "You can listen here, but browsers give the microphone only to secure addresses (https): to speak, open this space by https.";
  }
}

/** What happens to whoever joins; to their microphone above all. */
function whatComes(live, returns) {
  if (returns) {
    return "You come back as you were: on stage you are heard at once, unless you were muted.";
  }
  if (["host", "cohost", "speaker"].includes(roleIn(fragment.get("token")))) {
    return live ? "You join on stage: everybody hears you at once." : "It starts when you come in: everybody hears you at once.";
  }
  return live
    ? "You will hear the stage at once. Your microphone stays off."
    : "The host has not joined yet. Come in: you will hear the first word.";
}

/** The role that a token names. Only the server knows whether it is good. */
function roleIn(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).role;
  } catch {
    return undefined;
  }
}

$("join").addEventListener("submit", async (event) => {
  event.preventDefault();
  timings.joinClicked = performance.now();
  $("join-button").disabled = true;
  kept.setItem("rostrum:name", $("name").value);
  await join($("name").value);
  $("join-button").disabled = false;
});

async function join(name) {
  say("Connecting …");
  session = new RostrumSession({
    url: `${location.origin}/v1/spaces/${spaceId}/join`,
    token: fragment.get("token") ?? undefined,
    resume: keptHere.getItem(memory) ?? undefined,
    ticket: keptHere.getItem(ticketMemory) ?? undefined,
    name: name || undefined,
    videoCodecs: details === null ? undefined : (details.videoCodecs ?? []),
  });
  listen(session);
  try {
    await session.join();
  } catch {
    return; // "over" has told why
  }
  render();
  show("room");
}

function listen(current) {
  const on = (type, action) => current.addEventListener(type, ({ detail }) => current === session && action(detail));
  on("path", renderConnection);
  on("queued", (place) => {
    keptHere.setItem(ticketMemory, current.ticket);
    queueUntil = place.estimateSeconds === undefined ? null : performance.now() + 1000 * place.estimateSeconds;
    renderQueue();
  });
  on("snapshot", () => {
    stopQueue();
    show("room");
    if (current.resume !== undefined) {
      keptHere.setItem(memory, current.resume);
    }
    render();
    syncMicrophone();
    syncPictures();
    if (muteWish !== null) {
      act(() => setMuted(muteWish));
    }
  });
  on("state", ({ state }) => {
    draining &&= state !== "live";
    renderConnection();
    say({ joining: "Connecting …", queued: "Waiting", live: "Connected", reconnecting: "Reconnecting …", over: "" }[state] ?? "");
    if (state === "live") {
      timings.live = performance.now();
    }
  });
  for (const type of ["stage", "counts", "space", "role"]) {
    on(type, render);
  }
  let handWasUp = false;
  on("stage", () => {
    if (handWasUp !== current.self.hand) {
      handWasUp = current.self.hand;
      syncMicrophone();
    }
  });
  on("role", ({ by }) => {
    say(current.onStage ? "You are on stage." : "You are listening.");
    if (by !== undefined) {
      syncMicrophone();
    }
    pictures?.sync();
  });
  on("muted", ({ source }) => {
    if (source === "microphone") {
      say("The host has muted you.");
      syncMicrophone(); // nobody hears it any more: nothing leaves this device either
    } else {
      say(`The host has taken your ${source} off.`);
    }
    pictures?.sync();
  });
  on("speaking", (detail) => {
    speaking = detail.speaking;
    renderSpeaking();
  });
  on("blocked", () => ($("unblock").hidden = false));
  on("unblocked", () => ($("unblock").hidden = true));
  on("draining", ({ comeBackAfterMs }) => {
    draining = true;
    renderConnection();
    say(current.state === "joining" ? `The server restarts. You are in ${Math.ceil(comeBackAfterMs / 1000)} s.` : "");
  });
  on("over", ({ reason, message }) => {
    stopQueue();
    stopMicrophone();
    pictures?.close();
    pictures = null;
    if (["ended", "removed", "banned", "left"].includes(reason)) {
      keptHere.removeItem(memory);
    }
    const titles = {
      ended: "This space has ended.",
      left: "You have left.",
      removed: "You were removed.",
      banned: "You can't join this space.",
      replaced: "You have joined from somewhere else.",
    };
    over(titles[reason] ?? "You are not connected.", message ?? "", !["ended", "banned", "removed"].includes(reason));
  });
}

// ---- the queue

/** When it is probably one's turn, as performance.now() counts; null if that depends on others. */
let queueUntil = null;
let queueTimer = 0;

function renderQueue() {
  clearTimeout(queueTimer);
  const place = session?.place;
  if (place == null) {
    return;
  }
  show("queue");
  $("queue-state").textContent = place.full ? "Full" : "Many want to come in";
  $("queue-title").textContent = $("lobby-title").textContent;
  const number = `ou are number ${place.position.toLocaleString()}.`;
  // The time counts down for the eye alone; a new place is read out with the time as it is then.
  setText("queue-wait", place.full ? "You come in as others leave." : `About ${duration((queueUntil - performance.now()) / 1000)}.`);
  setText("queue-number", place.full ? `Full. Y${number}` : `Y${number}`);
  if (queueUntil !== null) {
    queueTimer = setTimeout(renderQueue, 1000);
  }
}

/** A screen reader may read out again what is only written again. */
function setText(id, text) {
  if ($(id).textContent !== text) {
    $(id).textContent = text;
  }
}

/** Plainly: seconds below one minute and a half, then minutes. */
function duration(seconds) {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}

function stopQueue() {
  clearTimeout(queueTimer);
  keptHere.removeItem(ticketMemory);
}

$("queue-leave").addEventListener("click", () => session.leave());

// ---- the microphone

/**
 * A microphone is on the line while one may be heard; muting takes the track off, so that nothing is sent. It is asked for
 * when a hand goes up, so that whoever is called up is heard at once and need not look for a question of the browser's.
 * Whoever comes onto the stage muted is asked when they unmute.
 */
async function syncMicrophone() {
  if (!isMicrophoneWanted()) {
    stopMicrophone();
    await session.setMicrophone(null);
    return;
  }
  if (microphone === null && isMuted() && !session.self.hand) {
    return;
  }
  const track = await openMicrophone();
  if (!isMicrophoneWanted()) {
    stopMicrophone(); // the answer came too late: they are off the stage, or have left
    return;
  }
  if (track === null) {
    return;
  }
  await session.setMicrophone(session.onStage && !isMuted() ? track : null);
  timings.microphoneOn = performance.now();
}

function isMicrophoneWanted() {
  return session.self !== null && session.state !== "over" && (session.onStage || session.self.hand);
}

/** The microphone's track, or null if there is none; asks only once at a time. */
function openMicrophone() {
  microphoneAsked ??= askForMicrophone().finally(() => (microphoneAsked = null));
  return microphoneAsked;
}

async function askForMicrophone() {
  if (microphone !== null) {
    return microphone;
  }
  try {
    if (!navigator.mediaDevices) {
      throw new DOMException("", "SecurityError");
    }
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: {
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
        ...(microphoneDevice === "" ? {} : { deviceId: { ideal: microphoneDevice } }), // gone: the standard one
      },
    });
    const [track] = stream.getAudioTracks();
    track.addEventListener("ended", () => {
      if (microphone === track) {
        microphone = null;
        tellNoMicrophone("the microphone was unplugged or taken from this page. Press Unmute to use it again, or another one.");
      }
    });
    microphone = track;
    $("microphone-notice").hidden = true;
  } catch (error) {
    tellNoMicrophone(MICROPHONE_FAULTS[error.name] ?? error.message);
  }
  return microphone;
}

function tellNoMicrophone(why) {
  if (!isMicrophoneWanted()) {
    return;
  }
  $("microphone-notice").textContent = `Others can't hear you: ${why}`;
  $("microphone-notice").hidden = false;
  if (session.onStage && !session.self.muted) {
    act(() => setMuted(true)); // nobody need wait for a voice that can't come
  }
}

function stopMicrophone() {
  microphone?.stop();
  microphone = null;
  $("microphone-notice").hidden = true;
}

// ---- pictures

/** Where there is video, its part of the page comes along. */
async function syncPictures() {
  if (session.video === null || pictures !== null) {
    pictures?.sync();
    return;
  }
  const current = session;
  picturesAsked ??= import("/video-page.js").finally(() => (picturesAsked = null));
  const { VideoPage } = await picturesAsked;
  if (current === session && pictures === null && session.state !== "over") {
    pictures = new VideoPage({
      session,
      say,
      act,
      nameOf,
      actsOf: (person) => actsOf(person, session.self),
      async setMicrophoneDevice(id) {
        microphoneDevice = id;
        if (microphone !== null) {
          stopMicrophone();
          await syncMicrophone();
        }
      },
    });
    render();
  }
}

// ---- the room

function isMuted() {
  return muteWish ?? session.self.muted;
}

/**
 * Makes it so that one is muted, or not, and says so at once. Muting is silence here before anything else, and a mute that
 * could not be told holds on until it can: nobody is heard who believes to be muted.
 */
async function setMuted(wish) {
  muteWish = wish;
  render();
  if (wish) {
    await session.setMicrophone(null);
  }
  if (mutePending) {
    return; // whoever is at it sees the new wish
  }
  mutePending = true;
  try {
    while (muteWish !== null && session.onStage) {
      const doing = muteWish;
      if (doing !== session.self.muted) {
        await (doing ? session.mute() : session.unmute());
      }
      muteWish = muteWish === doing ? null : muteWish;
    }
    muteWish = null;
  } catch (error) {
    muteWish = muteWish === true ? true : null;
    throw error;
  } finally {
    mutePending = false;
  }
  await syncMicrophone();
}

$("mute").addEventListener("click", () => act(() => setMuted(!isMuted())));
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select") !== null;
  if (event.key.toLowerCase() === "m" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat) {
    if (session?.self != null && !$("mute").hidden && !$("room").hidden) {
      $("mute").click();
    }
  }
});
$("hand").addEventListener("click", () => act(() => (session.self.hand ? session.lowerHand() : session.raiseHand())));
$("step-down").addEventListener("click", () => act(() => session.demote(session.self.id, "listener")));
$("end").addEventListener("click", () => confirm("End this space for everybody?") && act(() => session.endSpace()));
$("leave").addEventListener("click", () => session.leave());
$("again").addEventListener("click", () => openLobby());
$("unblock").addEventListener("click", () => session.unblock());
$("share").addEventListener("click", async () => {
  const link = `${location.origin}/s/${spaceId}`;
  try {
    await navigator.clipboard.writeText(link);
    say("The link is copied.");
  } catch {
    prompt("The link for listeners:", link);
  }
});

async function act(action) {
  try {
    await action();
  } catch (error) {
    say(error.message);
  }
  render();
}

function render() {
  if (session?.self == null) {
    return;
  }
  const { self, space, listeners } = session;
  const host = self.role === "host" || self.role === "cohost";
  document.title = `${space.title} · Rostrum`;
  $("room-title").textContent = space.title;
  $("audience").textContent = `${listeners.toLocaleString()} ${listeners === 1 ? "listener" : "listeners"} · you are ${
    session.onStage ? "on stage" : "listening"
  }`;
  const everybody = [...session.participants.values()];
  const rank = Object.keys(ROLES);
  const stage = everybody
    .filter(({ role }) => role !== "listener")
    .sort((a, b) => rank.indexOf(a.role) - rank.indexOf(b.role) || a.name.localeCompare(b.name));
  const seen = pictures?.render(stage) ?? new Set();
  const unseen = stage.filter(({ id }) => !seen.has(id));
  fill($("stage"), unseen, (person) => tile(person, self), [self.id, self.role]);
  $("stage-heading").textContent = stage.length > 0 ? `On stage · ${stage.length}` : "Nobody is on stage yet";
  const hands = everybody.filter(({ role, hand }) => role === "listener" && hand);
  $("hands-panel").hidden = !host || hands.length === 0;
  fill($("hands"), hands, requestOf, []);
  $("mute").hidden = !session.onStage;
  $("mute").textContent = isMuted() ? "Unmute" : "Mute";
  $("mute").classList.toggle("on", isMuted());
  $("hand").hidden = session.onStage;
  $("hand").textContent = self.hand ? "Lower hand" : "Raise hand";
  $("hand").classList.toggle("on", self.hand);
  $("step-down").hidden = self.role !== "speaker" && self.role !== "cohost";
  $("end").hidden = self.role !== "host";
  renderSpeaking();
}

/** Shows one item for each person; leaves alone what has not changed, so that a focused button stays focused. */
function fill(list, people, make, circumstances) {
  const before = new Map([...list.children].map((item) => [item.dataset.participant, item]));
  const items = people.map((person) => {
    const key = JSON.stringify([person, circumstances]);
    const old = before.get(person.id);
    if (old?.dataset.key === key) {
      return old;
    }
    const item = make(person);
    item.dataset.key = key;
    return item;
  });
  if (items.length === list.children.length && items.every((item, i) => item === list.children[i])) {
    return;
  }
  const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
  const focusVisible = document.activeElement.matches(":focus-visible");
  list.replaceChildren(...items);
  if (focused !== null) {
    const buttons = [...list.querySelectorAll("button")];
    (buttons.find((one) => one.getAttribute("aria-label") === focused) ?? buttons[0] ?? $("room-title")).focus({ focusVisible });
  }
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function nameOf({ name, role }) {
  return name || ROLES[role];
}

function tile(person, self) {
  const item = element("li", person.away ? "person away" : "person", "");
  item.dataset.participant = person.id;
  const initials = nameOf(person)
    .split(/\s+/)
    .map((word) => [...word][0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();
  const avatar = element("div", "avatar", initials);
  avatar.setAttribute("aria-hidden", "true");
  const you = person.id === self.id ? " (you)" : "";
  const note = person.away ? "away" : person.muted ? "muted" : "";
  const what = element("div", "what", "");
  what.dataset.text = `${ROLES[person.role]}${note ? ` · ${note}` : ""}`;
  item.append(avatar, element("div", "who", nameOf(person) + you), what);
  const acts = actsOf(person, self);
  if (acts !== null) {
    item.append(acts);
  }
  return item;
}

/** What one may do to somebody on the stage, or null. */
function actsOf(person, self) {
  const host = self.role === "host" || self.role === "cohost";
  if (!host || person.id === self.id || person.role === "host" || (self.role === "cohost" && person.role === "cohost")) {
    return null;
  }
  const acts = element("div", "acts", "");
  if (!person.muted) {
    acts.append(button("Mute", `Mute ${nameOf(person)}`, () => session.mute(person.id)));
  }
  acts.append(button("Off stage", `Send ${nameOf(person)} off the stage`, () => session.demote(person.id)));
  return acts;
}

function requestOf(person) {
  const item = element("li", "", "");
  const acts = element("div", "acts", "");
  acts.append(
    button("Let speak", `Let ${nameOf(person)} speak`, () => session.promote(person.id)),
    button("Not now", `Lower the hand of ${nameOf(person)}`, () => session.lowerHand(person.id)),
  );
  item.dataset.participant = person.id;
  item.append(element("span", "who", nameOf(person)), acts);
  return item;
}

function button(text, label, action) {
  const made = element("button", "", text);
  made.type = "button";
  made.setAttribute("aria-label", label);
  made.addEventListener("click", () => act(action));
  return made;
}

/** The line that says what is wrong with the connection, and that nothing need be done about it. */
function renderConnection() {
  const line = $("reconnecting");
  line.hidden = session.state !== "reconnecting";
  if (!line.hidden) {
    line.textContent = draining
      ? "The server restarts. Stay here: you will be back by yourself in a few seconds."
      : session.mediaFlows
        ? "You still hear everything. Getting the controls back …"
        : "Connection lost. Getting you back …";
  }
}

function renderSpeaking() {
  for (const item of $("stage").children) {
    const heard = speaking.has(item.dataset.participant);
    item.classList.toggle("speaking", heard);
    const what = item.querySelector(".what");
    what.textContent = heard ? `${what.dataset.text} · speaking` : what.dataset.text;
  }
  pictures?.renderSpeaking(speaking);
}

function over(title, detail, again) {
  $("over-title").textContent = title;
  $("over-detail").textContent = detail === title ? "" : detail;
  $("again").hidden = !again;
  show("over");
  say("");
}

if (spaceId === undefined) {
  show("home");
  $("host-name").value = kept.getItem("rostrum:name") ?? "";
} else {
  openLobby();
}
