/**
 * The video of a session: loaded by rostrum.js where a space has video, and only there.
 *
 * Camera, screen and slots are on the one offer of the session from the start; whatever is shown later goes onto lines
 * that are there already. Slots have no owner: each carries whom show() asks for.
 */

/** How many pictures are seen at once. */
const VIDEO_SLOTS = 9;

/** A screen is read, not watched: sharpness goes before smoothness, and one encoding serves everybody. */
const SCREEN_BITRATE = 2_500_000;

/** Small, middle, full; the server forwards to each listener the one that fits. */
const CAMERA_ENCODINGS = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
];

/**
 * VP9 and AV1 have the sizes as layers of one stream. Browsers send several streams of them only where each says how many
 * layers it has, and then need more bits for the same pictures.
 */
const LAYERED_ENCODING = [{ scalabilityMode: "L3T3_KEY", maxBitrate: 1_700_000 }];
const LAYERED = ["video/vp9", "video/av1"];

/** A layout that changes is told when it has come to rest. */
const TELL_AFTER_MS = 150;

/** How often pictures are told to wait for the sound, by how much of the way at once, and for how long at most. */
const ALIGN_EVERY_MS = 1_000;
const ALIGN_STEP = 0.4;
const ALIGN_MAX_MS = 400;

/** The video of one session, over all its connections. */
export class SessionVideo {
  #session;
  #peer = null;
  #camera = null;
  #screen = null;
  #screenSound = null;
  #lines = {};
  #slots = [];
  #wanted = [];
  #told = "";
  #tellTimer = 0;
  #counters = null;
  #alignTimer = 0;
  #soundWaits = new Map();
  #pictureWaitMs = 0;

  constructor(session) {
    this.#session = session;
  }

  // ---- what rostrum.js asks for

  /** Adds the lines that send, behind the microphone. */
  async addPublications(peer, codecs) {
    this.#peer = peer;
    this.#slots = [];
    this.#told = "";
    const wanted = preferences(codecs);
    const layered = LAYERED.includes(wanted[0]?.mimeType.toLowerCase());
    const sendEncodings = layered ? LAYERED_ENCODING : CAMERA_ENCODINGS;
    const camera = peer.addTransceiver("video", { direction: "sendonly", sendEncodings });
    const screen = peer.addTransceiver("video", { direction: "sendonly", sendEncodings: [{ maxBitrate: SCREEN_BITRATE }] });
    const screenSound = peer.addTransceiver("audio", { direction: "sendonly" });
    for (const line of [camera, screen]) {
      line.setCodecPreferences?.(wanted);
    }
    this.#lines = { camera, screen, screenSound };
    await this.#putTracks();
  }

  /** Adds the slots, behind those of audio. */
  addSlots(peer, codecs) {
    const wanted = preferences(codecs);
    this.#slots = Array.from({ length: VIDEO_SLOTS }, () => {
      const line = peer.addTransceiver("video", { direction: "recvonly" });
      line.setCodecPreferences?.(wanted);
      return { line, stream: new MediaStream([line.receiver.track]), key: null, carries: null, state: "waiting" };
    });
  }

  /** The answer is there: what was wanted on an earlier connection is wanted on this one. */
  onAnswer() {
    const keys = this.#wanted.map(keyOf);
    this.#assign(keys);
    this.#told = "";
    if (this.#wanted.length > 0) {
      this.#tell();
    }
    this.#session.dispatchEvent(new CustomEvent("pictures", { detail: {} }));
    clearInterval(this.#alignTimer);
    if ("jitterBufferTarget" in RTCRtpReceiver.prototype) {
      this.#alignTimer = setInterval(() => this.#alignWithSound().catch(() => {}), ALIGN_EVERY_MS);
    }
  }

  /** What the server says of a slot. */
  onVideo({ mid, participant, source, state }) {
    const slot = this.#slots.find(({ line }) => line.mid === mid);
    if (slot === undefined) {
      return;
    }
    const key = participant === undefined ? null : keyOf({ participant, source });
    slot.carries = state === "carried" ? key : slot.carries === key ? null : slot.carries;
    if (slot.key === null || slot.key === key) {
      slot.state = state;
    }
    this.#session.dispatchEvent(new CustomEvent("pictures", { detail: { participant, source, state } }));
  }

  close() {
    clearTimeout(this.#tellTimer);
    clearInterval(this.#alignTimer);
    this.#peer = null;
    this.#slots = [];
    this.#lines = {};
  }

  // ---- what is sent

  /** Whether the server takes this browser's camera: it has one of the space's codecs. */
  get canShow() {
    return this.#lines.camera?.currentDirection === "sendonly";
  }

  /** Sends this track as the camera, or with null nothing; others see it once unmute() has shown the camera. */
  async setCamera(track) {
    this.#camera = track;
    if (track !== null) {
      track.contentHint = "motion";
    }
    await this.#lines.camera?.sender.replaceTrack(track);
  }

  /** Sends a screen and its sound, if it has one; null sends nothing. */
  async setScreen(track, sound = null) {
    this.#screen = track;
    this.#screenSound = sound;
    if (track !== null) {
      track.contentHint = "detail";
    }
    await this.#lines.screen?.sender.replaceTrack(track);
    await this.#lines.screenSound?.sender.replaceTrack(sound);
  }

  async #putTracks() {
    await this.#lines.camera.sender.replaceTrack(this.#camera);
    await this.#lines.screen.sender.replaceTrack(this.#screen);
    await this.#lines.screenSound.sender.replaceTrack(this.#screenSound);
  }

  // ---- what is seen

  /**
   * Says which pictures are to be seen, the most important first, at which height in pixels, and which are pinned. Those
   * beyond the number of slots are not seen. Whoever stays keeps the slot.
   *
   * @param {{participant: string, source: "camera" | "screen", height: number, pinned?: boolean}[]} pictures
   */
  show(pictures) {
    this.#wanted = pictures.slice(0, VIDEO_SLOTS);
    this.#assign(this.#wanted.map(keyOf));
    clearTimeout(this.#tellTimer);
    this.#tellTimer = setTimeout(() => this.#tell(), TELL_AFTER_MS);
  }

  #assign(keys) {
    for (const slot of this.#slots) {
      if (slot.key !== null && !keys.includes(slot.key)) {
        slot.key = null;
        slot.state = "waiting";
      }
    }
    for (const key of keys) {
      if (!this.#slots.some((slot) => slot.key === key)) {
        // A slot that carries the picture already shows it at once.
        const free = this.#slots.filter((slot) => slot.key === null);
        const slot = free.find(({ carries }) => carries === key) ?? free[0];
        if (slot !== undefined) {
          slot.key = key;
          slot.state = slot.carries === key ? "carried" : "waiting";
        }
      }
    }
  }

  #tell() {
    const video = this.#slots
      .filter(({ key }) => key !== null)
      .map(({ line, key }) => {
        const { participant, source, height, pinned } = this.#wanted.find((picture) => keyOf(picture) === key);
        return { mid: line.mid, participant, source, height: Math.round(height), pinned: pinned === true };
      });
    const text = JSON.stringify(video);
    if (this.#slots.length > 0 && text !== this.#told && this.#slots[0].line.currentDirection === "recvonly") {
      this.#told = text;
      this.#session.setSlots({ video }).catch(() => (this.#told = "")); // lost: said again with the next change
    }
  }

  /**
   * Slots belong to nobody, so browsers do not keep sound and pictures together: each waits in its own jitter buffer, and
   * sound for longer where a machine is busy. Pictures are asked to wait for as long as the sound does.
   */
  async #alignWithSound() {
    const shown = this.#slots.filter(({ key }) => key !== null);
    if (shown.length === 0) {
      return;
    }
    let waitMs = 0;
    const waits = new Map();
    (await this.#peer?.getStats())?.forEach(({ type, kind, id, jitterBufferDelay: delay, jitterBufferEmittedCount: count }) => {
      if (type === "inbound-rtp" && kind === "audio") {
        const before = this.#soundWaits.get(id) ?? { delay: 0, count: 0 };
        waits.set(id, { delay, count });
        if (count > before.count) {
          waitMs = Math.max(waitMs, (1_000 * (delay - before.delay)) / (count - before.count));
        }
      }
    });
    this.#soundWaits = waits;
    if (waitMs > 0) {
      this.#pictureWaitMs += ALIGN_STEP * (Math.min(waitMs, ALIGN_MAX_MS) - this.#pictureWaitMs);
      for (const { line } of shown) {
        line.receiver.jitterBufferTarget = Math.round(this.#pictureWaitMs);
      }
    }
  }

  /** The stream of a picture that is to be seen, or null. */
  streamOf(participant, source) {
    return this.#slotOf(participant, source)?.stream ?? null;
  }

  /** waiting, carried, paused, undecodable or ended. */
  stateOf(participant, source) {
    const slot = this.#slotOf(participant, source);
    // The answer refuses slots of a browser that has none of the space's codecs.
    const refused = slot?.line.currentDirection === "stopped" || slot?.line.currentDirection === "inactive";
    return refused ? "undecodable" : (slot?.state ?? "ended");
  }

  #slotOf(participant, source) {
    const key = keyOf({ participant, source });
    return this.#slots.find((slot) => slot.key === key);
  }

  /**
   * How the network does since the last call: the way there and back in ms, the part of packets that were lost, bits a
   * second that come in, and a word for it all.
   */
  async network() {
    const now = { atMs: performance.now(), received: 0, lost: 0, bytes: 0 };
    let roundTripMs = 0;
    (await this.#peer?.getStats())?.forEach((entry) => {
      if (entry.type === "inbound-rtp") {
        now.received += entry.packetsReceived ?? 0;
        now.lost += entry.packetsLost ?? 0;
        now.bytes += entry.bytesReceived ?? 0;
      } else if (entry.type === "candidate-pair" && entry.nominated && entry.state === "succeeded") {
        roundTripMs = Math.max(roundTripMs, 1000 * (entry.currentRoundTripTime ?? 0));
      }
    });
    const before = this.#counters ?? now;
    this.#counters = now;
    const received = now.received - before.received;
    const lost = Math.max(0, now.lost - before.lost);
    const lossRate = received + lost > 0 ? lost / (received + lost) : 0;
    const seconds = (now.atMs - before.atMs) / 1000;
    const bitrate = seconds > 0 ? (8 * (now.bytes - before.bytes)) / seconds : 0;
    const paused = this.#slots.some(({ state }) => state === "paused");
    const poor = paused || lossRate > 0.08 || roundTripMs > 600;
    const fair = lossRate > 0.02 || roundTripMs > 250;
    return { roundTripMs, lossRate, bitrate, quality: poor ? "poor" : fair ? "fair" : "good" };
  }
}

function keyOf({ participant, source }) {
  return `${participant} ${source}`;
}

/** The browser's codecs of these names in their order, with retransmissions; others would only lengthen the offer. */
function preferences(names) {
  const all = RTCRtpReceiver.getCapabilities("video").codecs;
  const chosen = names.flatMap((name) => all.filter((codec) => isUsable(codec, name)));
  const repeats = all.filter(({ mimeType }) => mimeType.toLowerCase() === "video/rtx");
  // Without any of them video is refused; whatever is offered then might as well be short.
  return [...(chosen.length > 0 ? chosen : all.filter((codec) => isUsable(codec, "VP8"))), ...repeats];
}

function isUsable({ mimeType, sdpFmtpLine = "" }, name) {
  const parameter = (key) => new RegExp(`(?:^|;)\\s*${key}=([^;]*)`, "i").exec(sdpFmtpLine)?.[1];
  if (mimeType.toLowerCase() !== `video/${name.toLowerCase()}`) {
    return false;
  }
  switch (name) {
    case "H264":
      return parameter("packetization-mode") === "1" && /^42[ce]0/i.test(parameter("profile-level-id") ?? "");
    case "VP9":
      return (parameter("profile-id") ?? "0") === "0";
    case "AV1":
      return (parameter("profile") ?? "0") === "0";
    default:
      return true;
  }
}
