/** The pictures of the page: loaded by page.js where a space has video, and only there. */

const $ = (id) => document.getElementById(id);

/** A tile that was resized is told when it has come to rest. */
const RESIZED_AFTER_MS = 200;

/** A page that nobody looks at asks for no pictures after this time. */
const HIDDEN_AFTER_MS = 3_000;

/** A tile just outside the window is asked for, so that it is there when it is scrolled to. */
const IN_VIEW = { rootMargin: "25%" };

const NETWORK_LOOK_MS = 2_000;

/** Heights are asked for in steps, so that a few pixels more or less change nothing. */
const HEIGHT_STEP = 30;

const NOTICES = {
  paused: "Paused: your connection is slow",
  undecodable: "Your browser can't show this picture",
};

const DEVICE_FAULTS = {
  SecurityError: "browsers give it only to secure addresses. Open this space by https.",
  NotAllowedError: "this page may not use it. Allow it in the browser's address bar, then try again.",
  NotFoundError: "none was found.",
  NotReadableError: "it is in use by another program.",
};

export class VideoPage {
  #session;
  #say;
  #act;
  #nameOf;
  #actsOf;
  #setMicrophoneDevice;
  #tiles = new Map();
  #pinned = null;
  #soundOnly = false;
  #camera = null;
  #cameraDevice = "";
  #screen = null;
  #busy = new Set();
  #away = false;
  #resizeTimer = 0;
  #hiddenTimer = 0;
  #networkTimer;
  #resized;
  #visible;
  #listeners = new AbortController();

  /** @param page what of the page is needed: session, say, act, nameOf, actsOf, setMicrophoneDevice */
  constructor({ session, say, act, nameOf, actsOf, setMicrophoneDevice }) {
    this.#session = session;
    this.#say = say;
    this.#act = act;
    this.#nameOf = nameOf;
    this.#actsOf = actsOf;
    this.#setMicrophoneDevice = setMicrophoneDevice;
    this.#build();
    this.#resized = new ResizeObserver(() => {
      clearTimeout(this.#resizeTimer);
      this.#resizeTimer = setTimeout(() => this.#ask(), RESIZED_AFTER_MS);
    });
    this.#visible = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        target.dataset.inView = String(isIntersecting);
      }
      this.#ask();
    }, IN_VIEW);
    const { signal } = this.#listeners;
    session.addEventListener("pictures", () => this.#place(), { signal });
    document.addEventListener("visibilitychange", () => this.#onVisibility(), { signal });
    this.#networkTimer = setInterval(() => this.#lookAtNetwork(), NETWORK_LOOK_MS);
    this.sync();
  }

  // ---- what the page has beside the room without video

  #build() {
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: "/video.css", id: "video-css" });
    if ($("video-css") === null) {
      document.head.append(sheet);
    }
    const list = made("ul", "pictures");
    list.id = "pictures";
    list.setAttribute("aria-label", "Pictures");
    $("stage-heading").before(list);
    const network = made("span", "network");
    network.id = "network";
    network.setAttribute("role", "img");
    $("audience").after(network);
    const devices = made("details", "devices");
    devices.id = "devices";
    const summary = made("summary", "", "Devices");
    devices.append(
      summary,
      picker("microphone-device", "Microphone", (id) => this.#setMicrophoneDevice(id)),
      picker("camera-device", "Camera", (id) => this.#act(() => this.#changeCamera(id))),
    );
    devices.addEventListener("toggle", () => this.#listDevices());
    $("hands-panel").before(devices);
    const camera = toggle("camera", "Camera on", () => this.#act(() => this.#once("camera", () => this.#toggleCamera())));
    const screen = toggle("screen", "Share screen", () => this.#act(() => this.#once("screen", () => this.#toggleScreen())));
    const soundOnly = toggle("sound-only", "Sound only", () => this.#act(() => this.#toggleSoundOnly()));
    $("mute").after(camera, screen);
    $("leave").before(soundOnly);
  }

  /** Takes everything away again: the next space may have no video. */
  close() {
    this.#listeners.abort();
    clearInterval(this.#networkTimer);
    clearTimeout(this.#resizeTimer);
    clearTimeout(this.#hiddenTimer);
    this.#resized.disconnect();
    this.#visible.disconnect();
    stop(this.#camera);
    this.#screen?.getTracks().forEach(stop);
    for (const id of ["pictures", "network", "devices", "camera", "screen", "sound-only"]) {
      $(id)?.remove();
    }
  }

  // ---- what one shows oneself

  /** Sends what one shows, and nothing else, after anything about oneself has changed. */
  async sync() {
    const { self, onStage, video } = this.#session;
    if (this.#camera !== null && (!onStage || !self.camera)) {
      stop(this.#camera);
      this.#camera = null;
      await video.setCamera(null);
    }
    if (this.#screen !== null && (!onStage || !self.screen)) {
      this.#dropScreen();
      await video.setScreen(null);
    }
    // After a reload nothing is on the line any more: whoever sees a tile without a picture should not.
    if (onStage && self.camera && this.#camera === null) {
      await this.#session.mute(undefined, "camera").catch(() => {});
    }
    if (onStage && self.screen && this.#screen === null) {
      await this.#session.mute(undefined, "screen").catch(() => {});
    }
  }

  /** A second click while the browser still asks would open a second camera, and only one would be stopped again. */
  async #once(what, action) {
    if (this.#busy.has(what)) {
      return;
    }
    this.#busy.add(what);
    try {
      await action();
    } finally {
      this.#busy.delete(what);
    }
  }

  async #toggleCamera() {
    if (this.#session.self.camera) {
      await this.#hideCamera();
      return;
    }
    this.#camera = await this.#openCamera();
    if (this.#camera === null) {
      return;
    }
    await this.#session.video.setCamera(this.#camera);
    try {
      await this.#session.unmute("camera");
    } catch (error) {
      stop(this.#camera);
      this.#camera = null;
      await this.#session.video.setCamera(null);
      throw error;
    }
  }

  async #hideCamera() {
    await this.#session.video.setCamera(null); // dark at once, whatever the network does
    stop(this.#camera);
    this.#camera = null;
    await this.#session.mute(undefined, "camera");
  }

  /** The camera's track; null for whoever has left before the browser gave it. */
  async #openCamera() {
    try {
      const stream = await devicesOf().getUserMedia({
        video: {
          width: { ideal: 1280 },
          height: { ideal: 720 },
          frameRate: { ideal: 30 },
          ...(this.#cameraDevice === "" ? { facingMode: "user" } : { deviceId: { ideal: this.#cameraDevice } }),
        },
      });
      const [track] = stream.getVideoTracks();
      if (this.#listeners.signal.aborted) {
        stop(track);
        return null;
      }
      track.addEventListener("ended", () => {
        if (this.#camera === track && this.#session.self.camera) {
          this.#say("Your camera is off: it was unplugged or taken from this page.");
          this.#act(() => this.#hideCamera());
        }
      });
      return track;
    } catch (error) {
      throw new Error(`No camera: ${DEVICE_FAULTS[error.name] ?? error.message}`);
    }
  }

  async #changeCamera(id) {
    this.#cameraDevice = id;
    if (this.#camera === null) {
      return;
    }
    await this.#once("camera", async () => {
      stop(this.#camera); // some can't be opened while another is
      try {
        this.#camera = await this.#openCamera();
      } catch (error) {
        await this.#hideCamera();
        throw error;
      }
      await this.#session.video.setCamera(this.#camera);
      this.#place();
    });
  }

  async #toggleScreen() {
    const { video, self } = this.#session;
    if (self.screen) {
      this.#dropScreen();
      await video.setScreen(null);
      await this.#session.mute(undefined, "screen");
      return;
    }
    let stream;
    try {
      stream = await devicesOf().getDisplayMedia({ video: { frameRate: { ideal: 15, max: 30 } }, audio: true });
    } catch (error) {
      if (error.name === "NotAllowedError") {
        return; // they thought better of it
      }
      throw new Error(`No screen: ${DEVICE_FAULTS[error.name] ?? error.message}`);
    }
    this.#screen = stream;
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => {
      if (this.#screen === stream && this.#session.self.screen) {
        this.#act(() => this.#toggleScreen()); // by the browser's own button
      }
    });
    await video.setScreen(track, stream.getAudioTracks()[0] ?? null);
    try {
      await this.#session.unmute("screen");
    } catch (error) {
      this.#dropScreen();
      await video.setScreen(null);
      throw error;
    }
  }

  #dropScreen() {
    this.#screen?.getTracks().forEach(stop);
    this.#screen = null;
  }

  #toggleSoundOnly() {
    const { self } = this.#session;
    this.#soundOnly = !this.#soundOnly;
    const own = self.camera || self.screen ? " Others still see yours." : "";
    this.#say(this.#soundOnly ? `Sound only: no pictures come to you.${own}` : "");
  }

  async #listDevices() {
    if (!$("devices").open || !navigator.mediaDevices) {
      return;
    }
    const all = await navigator.mediaDevices.enumerateDevices();
    for (const [id, kind] of [["microphone-device", "audioinput"], ["camera-device", "videoinput"]]) {
      const select = $(id);
      const chosen = select.value;
      const options = all.filter((device) => device.kind === kind && device.deviceId !== "" && device.deviceId !== "default");
      select.replaceChildren(
        new Option("Standard", ""),
        ...options.map(({ label, deviceId }, i) => new Option(label || `${i + 1}`, deviceId)),
      );
      select.value = options.some(({ deviceId }) => deviceId === chosen) ? chosen : "";
    }
  }

  // ---- what one sees

  #people = [];

  /** Shows a tile for each picture on the stage; returns the ids of those whose faces need no avatar. */
  render(people) {
    this.#people = people;
    const { self, onStage, video } = this.#session;
    $("camera").hidden = !onStage;
    $("camera").disabled = !video.canShow;
    $("camera").textContent = self.camera ? "Camera off" : "Camera on";
    $("camera").setAttribute("aria-pressed", String(self.camera));
    const another = people.some(({ id, screen }) => screen && id !== self.id);
    $("screen").hidden = !onStage || !navigator.mediaDevices?.getDisplayMedia;
    $("screen").disabled = another || !video.canShow;
    $("screen").textContent = self.screen ? "Stop sharing" : "Share screen";
    $("screen").setAttribute("aria-pressed", String(self.screen));
    $("sound-only").setAttribute("aria-pressed", String(this.#soundOnly));
    const wanted = this.#soundOnly ? [] : picturesOf(people);
    if (this.#pinned !== null && !wanted.some(({ key }) => key === this.#pinned)) {
      this.#pinned = null;
    }
    for (const [key, tile] of this.#tiles) {
      if (!wanted.some((picture) => picture.key === key)) {
        this.#resized.unobserve(tile);
        this.#visible.unobserve(tile);
        if (tile.contains(document.activeElement)) {
          $("room-title").focus({ preventScroll: true });
        }
        tile.remove();
        this.#tiles.delete(key);
      }
    }
    for (const picture of wanted) {
      if (!this.#tiles.has(picture.key)) {
        const tile = this.#tileOf(picture);
        this.#tiles.set(picture.key, tile);
        $("pictures").append(tile);
        this.#resized.observe(tile);
        this.#visible.observe(tile);
      }
      this.#label(this.#tiles.get(picture.key), picture);
    }
    this.#arrange(wanted);
    this.#ask();
    this.#place();
    return new Set(wanted.filter(({ source }) => source === "camera").map(({ person }) => person.id));
  }

  #tileOf({ key, person, source }) {
    const tile = made("li", `picture ${source}`);
    tile.dataset.key = key;
    tile.dataset.participant = person.id;
    tile.dataset.source = source;
    tile.dataset.inView = "true";
    const view = document.createElement("video");
    view.autoplay = true;
    view.muted = true; // sound has elements of its own
    view.playsInline = true;
    const notice = made("p", "picture-notice");
    notice.hidden = true;
    const pin = made("button", "pin", "Pin");
    pin.type = "button";
    pin.addEventListener("click", () => {
      this.#pinned = this.#pinned === key ? null : key;
      this.render(this.#people);
    });
    tile.append(view, notice, made("div", "caption"), pin);
    return tile;
  }

  #label(tile, { person, source }) {
    const you = person.id === this.#session.self.id;
    const name = this.#nameOf(person) + (you ? " (you)" : "");
    const caption = tile.querySelector(".caption");
    const text = source === "screen" ? `${name} · screen` : name + (person.muted ? " · muted" : "");
    if (caption.dataset.text !== `${text} ${this.#session.self.role}`) {
      caption.dataset.text = `${text} ${this.#session.self.role}`;
      const acts = source === "camera" ? this.#actsOf(person) : null;
      const focused = caption.contains(document.activeElement) ? document.activeElement : null;
      const label = focused?.getAttribute("aria-label");
      const focusVisible = focused?.matches(":focus-visible");
      caption.replaceChildren(made("span", "who", text), ...(acts === null ? [] : [acts]));
      if (focused !== null) {
        // Where the button is gone, the pin: pressed once too often, it does nobody any harm.
        const same = [...caption.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === label);
        (same ?? tile.querySelector(".pin")).focus({ focusVisible });
      }
    }
    tile.classList.toggle("own", you);
    tile.classList.toggle("away", person.away);
    const pinned = this.#pinned === tile.dataset.key;
    const pin = tile.querySelector(".pin");
    pin.textContent = pinned ? "Unpin" : "Pin";
    pin.setAttribute("aria-label", `${pinned ? "Unpin" : "Pin"} ${text}`);
    pin.setAttribute("aria-pressed", String(pinned));
  }

  /** The pinned picture is large, else the screen; the others share what is left. */
  #arrange(wanted) {
    const list = $("pictures");
    const large = this.#pinned ?? wanted.find(({ source }) => source === "screen")?.key ?? null;
    list.dataset.count = String(wanted.length - (large === null ? 0 : 1));
    list.classList.toggle("focused", large !== null);
    list.hidden = wanted.length === 0;
    for (const [key, tile] of this.#tiles) {
      tile.classList.toggle("large", key === large);
    }
  }

  /** Asks for what is shown, at the height at which it is shown. */
  #ask() {
    const { self, video } = this.#session;
    if (video === null) {
      return;
    }
    const pictures = [];
    for (const [key, tile] of this.#tiles) {
      const { participant, source, inView } = tile.dataset;
      if (participant !== self.id && inView === "true" && !this.#away) {
        const height = Math.ceil((tile.clientHeight * devicePixelRatio) / HEIGHT_STEP) * HEIGHT_STEP;
        const large = tile.classList.contains("large");
        pictures.push({ participant, source, height, pinned: key === this.#pinned, rank: large ? 0 : 1 });
      }
    }
    pictures.sort((a, b) => a.rank - b.rank);
    video.show(pictures.map(({ rank, ...picture }) => picture));
    this.#place();
  }

  /** Gives each tile its stream, and the words for what it can't show. */
  #place() {
    const { self, video } = this.#session;
    for (const tile of this.#tiles.values()) {
      const { participant, source } = tile.dataset;
      const own = participant === self.id;
      const view = tile.querySelector("video");
      const track = source === "camera" ? this.#camera : (this.#screen?.getVideoTracks()[0] ?? null);
      if (own) {
        if (view.srcObject?.getVideoTracks()[0] !== track) {
          view.srcObject = track === null ? null : new MediaStream([track]);
        }
      } else {
        const stream = video?.streamOf(participant, source) ?? null;
        if (view.srcObject !== stream) {
          view.srcObject = stream;
        }
      }
      const state = own ? "carried" : (video?.stateOf(participant, source) ?? "ended");
      const notice = tile.querySelector(".picture-notice");
      notice.textContent = NOTICES[state] ?? "";
      notice.hidden = notice.textContent === "";
      tile.dataset.state = state;
    }
  }

  renderSpeaking(speaking) {
    for (const tile of this.#tiles.values()) {
      tile.classList.toggle("speaking", tile.dataset.source === "camera" && speaking.has(tile.dataset.participant));
    }
  }

  #onVisibility() {
    clearTimeout(this.#hiddenTimer);
    if (document.visibilityState === "hidden") {
      this.#hiddenTimer = setTimeout(() => {
        this.#away = true;
        this.#ask();
      }, HIDDEN_AFTER_MS);
    } else if (this.#away) {
      this.#away = false;
      this.#ask();
    }
  }

  async #lookAtNetwork() {
    const { roundTripMs, lossRate, bitrate, quality } = await this.#session.video.network();
    const sign = $("network");
    if (sign !== null) {
      const { mediaFlows } = this.#session; // where nothing comes, nothing is lost or late, either
      sign.dataset.quality = mediaFlows ? quality : "poor";
      const words = mediaFlows
        ? `Connection ${quality}: ${Math.round(roundTripMs)} ms, ${(100 * lossRate).toFixed(1)} % lost, ${Math.round(bitrate / 1000)} kbit/s in`
        : "Connection lost";
      sign.title = words;
      sign.setAttribute("aria-label", words);
    }
  }
}

/** Screens first, then cameras, each in the order of the stage. */
function picturesOf(people) {
  const of = (source) =>
    people.filter((person) => person[source]).map((person) => ({ key: `${person.id} ${source}`, person, source }));
  return [...of("screen"), ...of("camera")];
}

function made(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function toggle(id, text, action) {
  const button = made("button", "", text);
  button.id = id;
  button.type = "button";
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", action);
  return button;
}

function picker(id, text, change) {
  const label = made("label", "", text);
  const select = made("select", "");
  select.id = id;
  select.append(new Option("Standard", ""));
  select.addEventListener("change", () => change(select.value));
  label.append(select);
  return label;
}

function devicesOf() {
  if (!navigator.mediaDevices) {
    throw new DOMException("", "SecurityError");
  }
  return navigator.mediaDevices;
}

function stop(track) {
  track?.stop();
}
