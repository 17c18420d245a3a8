/**
 * Rostrum's client: one connection per participant, for its whole stay.
 *
 * The one offer of a session holds a microphone line without a track and the slots in which speakers are heard.
 * Whoever is promoted later puts a track on the line that is already there: nothing is negotiated again.
 *
 * Types: rostrum.d.ts. Messages: docs/protocol.md.
 */

/** How many speakers are heard at once. */
const AUDIO_SLOTS = 3;

/** A slot that has brought nothing for so long is not heard now. */
const SPEAKING_MS = 300;

/** Below this level (0 to 1, as getContributingSources gives it) a source is not shown as speaking. */
const SPEAKING_LEVEL = 0.01;

const JOIN_TIMEOUT_MS = 10_000;
const COMMAND_TIMEOUT_MS = 10_000;

/** Whoever leaves waits no longer than this for a server that does not answer. */
const LEAVE_TIMEOUT_MS = 1_000;

/** Media from which nothing has come for so long, although something should have, gets a new path. */
const MEDIA_LOST_MS = 3_000;
const MEDIA_LOOK_MS = 500;

/** How long a new path may take until the next one is tried. */
const MEDIA_RESTART_MS = 5_000;

/** When the server is gone the stage comes back at once; the crowd follows in random order. */
const STAGE_RETURNS_WITHIN_MS = 300;
const CROWD_RETURNS_WITHIN_MS = 5_000;
const FIRST_RETRY_MS = 1_000;
const STAGE_LAST_RETRY_MS = 1_000;
const CROWD_LAST_RETRY_MS = 6_000;

/** The status of a WebSocket whose client goes for good (RFC 6455 §7.4.1): nobody keeps a place for it. */
const NORMAL_CLOSURE = 1000;

/** Whoever loses the connection while waiting tries so often to come back to the place in the queue. */
const QUEUE_ATTEMPTS = 20;
const QUEUE_RETRY_MS = 3_000;

/** Refusals that pass by themselves. */
const PASSING = ["timeout", "unreachable", "disconnected", "draining", "full", "internal", "idle"];

/** A refusal by the server: a code for programs, a sentence for people. */
export class RostrumError extends Error {
  constructor({ code, message, field, comeBackAfterMs }) {
    super(message);
    this.name = "RostrumError";
    this.code = code;
    this.field = field;
    this.comeBackAfterMs = comeBackAfterMs;
  }
}

/** A participant's stay in a space. */
export class RostrumSession extends EventTarget {
  #url;
  #token;
  #name;
  #resume;
  #socket = null;
  #peer = null;
  #microphoneLine = null;
  #microphone = null;
  #audio = [];
  #commands = new Map();
  #nextId = 1;
  #retryMs = FIRST_RETRY_MS;
  #retryTimer = 0;
  #attempts = 0;
  #comeBackAfterMs = undefined;
  #pathTimer = 0;
  #path = null;
  #slots = undefined;
  #speakingTimer = 0;
  #speaking = "";
  #state = "new";
  #over = false;
  #failJoin = null;
  #joined = null;
  #videoCodecs;
  #ticket;

  /**
   * @param {{url: string, token?: string, resume?: string, name?: string, ticket?: string, videoCodecs?: string[]}} options url: the
   *     address of the space's join door, as http(s) or ws(s); videoCodecs: those of the space, from its details; an empty
   *     array for no video; if it is absent, a space with video is found out by joining, which takes a little longer
   */
  constructor({ url, token, resume, name, ticket, videoCodecs }) {
    super();
    this.#ticket = ticket;
    /** Where one stands in the queue: {position, estimateSeconds, full}; null for whoever does not wait. */
    this.place = null;
    this.#url = url.replace(/^http/, "ws");
    this.#token = token;
    this.#resume = resume;
    this.#name = name;
    this.#videoCodecs = videoCodecs;
    this.video = null;
    this.participants = new Map();
    this.listeners = 0;
    this.self = null;
    this.space = null;
    this.negotiations = 0;
  }

  /** new, joining, queued, live, reconnecting or over. */
  get state() {
    return this.#state;
  }

  /** The private token with which this participant can come back, or undefined. */
  get resume() {
    return this.#resume;
  }

  /** What keeps the place in the queue if the connection is lost, or undefined. */
  get ticket() {
    return this.#ticket;
  }

  /** The RTCPeerConnection, for statistics. */
  get peerConnection() {
    return this.#peer;
  }

  /** Whether media is connected and not known to be cut off. It may be although the WebSocket is lost. */
  get mediaFlows() {
    return this.#peer?.connectionState === "connected" && this.#path !== null && !this.#path.gone;
  }

  /** Whether this participant may be heard. */
  get onStage() {
    return this.self !== null && this.self.role !== "listener";
  }

  /**
   * Joins the space: resolves once one is in, rejects with a RostrumError if the server refuses, or with the code "left"
   * after leave(). When there is no room yet, events "queued" tell where one stands, and one is let in without another
   * call. Audio plays as soon as the browser lets it; where it does not, an event "blocked" says so, and unblock() must
   * follow a gesture.
   */
  async join() {
    this.#setState("joining");
    // A browser never answers what it was asked of a connection that was closed meanwhile.
    const over = new Promise((_, reject) => (this.#failJoin = reject));
    await Promise.race([this.#comeIn(), over]);
    this.#failJoin = null;
  }

  async #comeIn() {
    let attempts = 0;
    for (;;) {
      try {
        await this.#open(true);
        return;
      } catch (error) {
        const waits = this.place !== null && PASSING.includes(error.code) && ++attempts < QUEUE_ATTEMPTS;
        if ((error.code !== "draining" && !waits) || this.#over) {
          this.#end(error.code ?? "unreachable", error.message, error);
          throw error;
        }
        if (error.code === "draining") {
          this.#emit("draining", { comeBackAfterMs: error.comeBackAfterMs });
        }
        const soonMs = QUEUE_RETRY_MS / 2 + (Math.random() * QUEUE_RETRY_MS) / 2;
        await new Promise((resolve) => (this.#retryTimer = setTimeout(resolve, error.comeBackAfterMs ?? soonMs)));
      }
    }
  }

  /** Starts playing after a gesture of the user, where autoplay was refused. */
  async unblock() {
    await Promise.all(this.#audio.map((element) => element.play()));
    this.#emit("unblocked");
  }

  /** Sends this track as the microphone, or with null nothing; no negotiation takes place. */
  async setMicrophone(track) {
    this.#microphone = track;
    if (this.#microphoneLine !== null && this.#microphoneLine.sender.track !== track) {
      await this.#microphoneLine.sender.replaceTrack(track);
    }
  }

  async raiseHand() {
    await this.#command({ type: "raiseHand" });
    this.#changeSelf({ hand: !this.onStage });
  }

  /** Takes back the own request, or (host) sends another's away. */
  async lowerHand(participant) {
    await this.#command({ type: "lowerHand", participant });
    if (participant === undefined || participant === this.self.id) {
      this.#changeSelf({ hand: false });
    }
  }

  promote(participant, role = "speaker") {
    return this.#command({ type: "promote", participant, role });
  }

  demote(participant, role = "listener") {
    return this.#command({ type: "demote", participant, role });
  }

  /**
   * Mutes oneself, or (host) another; with "camera" or "screen" takes that off. Resolves when nothing of it is forwarded
   * any more.
   */
  mute(participant, source) {
    return this.#command({ type: "mute", participant, source });
  }

  /** Unmutes oneself, or with "camera" or "screen" shows that. */
  unmute(source) {
    return this.#command({ type: "unmute", source });
  }

  remove(participant, { ban = false } = {}) {
    return this.#command({ type: "remove", participant, ban });
  }

  async setName(name) {
    await this.#command({ type: "setName", name });
    this.#name = name;
    this.#changeSelf({ name });
  }

  /**
   * Says how many speakers are to be heard at once, the loudest first: fewer where the network is poor, none while
   * nobody listens. Holds for the whole stay.
   */
  setSlots({ audio, video }) {
    this.#slots = audio === undefined ? this.#slots : { audio };
    return this.#command({ type: "setSlots", audio, video });
  }

  /** Ends the space for everybody (host). */
  endSpace() {
    return this.#command({ type: "end" });
  }

  /** Leaves for good; a server that does not answer keeps nobody. */
  async leave() {
    if (!this.#over) {
      if (this.place === null) {
        let timer;
        const late = new Promise((resolve) => (timer = setTimeout(resolve, LEAVE_TIMEOUT_MS)));
        await Promise.race([this.#command({ type: "leave" }).catch(() => {}), late]);
        clearTimeout(timer);
      }
      this.#end("left", "You have left.");
    }
  }

  /** The concealed part of what was heard so far, without the silence that idle slots count as concealed. */
  async statistics() {
    const sum = { packetsReceived: 0, packetsLost: 0, concealedSamples: 0, totalSamples: 0, jitterBufferMs: 0 };
    const report = (await this.#peer?.getStats()) ?? new Map();
    report.forEach((entry) => {
      if (entry.type === "inbound-rtp" && entry.kind === "audio") {
        sum.packetsReceived += entry.packetsReceived ?? 0;
        sum.packetsLost += entry.packetsLost ?? 0;
        sum.concealedSamples += (entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0);
        sum.totalSamples += entry.totalSamplesReceived ?? 0;
        if (entry.jitterBufferEmittedCount > 0) {
          sum.jitterBufferMs = Math.max(
            sum.jitterBufferMs,
            (1000 * entry.jitterBufferDelay) / entry.jitterBufferEmittedCount,
          );
        }
      }
    });
    return sum;
  }

  // ---- the WebSocket

  /** Connects and joins; with media, a new PeerConnection makes the offer. */
  async #open(withMedia) {
    const offer = withMedia ? await this.#offerNew() : undefined;
    if (this.#over) {
      return;
    }
    const socket = new WebSocket(this.#url);
    this.#socket?.close();
    this.#socket = socket;
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new RostrumError({ code: "timeout", message: "The server does not answer." }));
        socket.close();
      }, JOIN_TIMEOUT_MS);
      let answered = false;
      socket.onopen = () => {
        this.#say({
          type: "join",
          token: this.#token,
          resume: this.#resume,
          name: this.#name,
          offer,
          ticket: this.#ticket,
        });
      };
      socket.onmessage = async ({ data }) => {
        const message = JSON.parse(data);
        if (answered) {
          this.#onMessage(message);
          return;
        }
        clearTimeout(timer);
        if (message.type === "queued") {
          this.#onQueued(message);
          return;
        }
        if (typeof message.id === "number") {
          this.#onMessage(message); // of a command, and so not the answer to joining
          return;
        }
        answered = true;
        if (message.type !== "joined") {
          const { type, error, reason, comeBackAfterMs } = message;
          const code = type === "draining" ? "draining" : reason;
          const sentence = message.message ?? "The server is stopping; come back in a moment.";
          reject(new RostrumError(error ?? { code, message: sentence, comeBackAfterMs }));
          return;
        }
        try {
          await this.#onJoined(message, withMedia);
          resolve();
        } catch (error) {
          reject(error);
        }
      };
      socket.onclose = () => {
        clearTimeout(timer);
        if (!answered) {
          reject(new RostrumError({ code: "unreachable", message: "The server can't be reached." }));
        } else if (socket === this.#socket) {
          this.#onSocketLost();
        }
      };
    });
  }

  #onQueued({ position, estimateSeconds, full, ticket }) {
    this.#ticket = ticket;
    this.place = { position, estimateSeconds, full };
    this.#setState("queued");
    this.#emit("queued", this.place);
  }

  async #onJoined(message, withMedia) {
    if (this.place !== null) {
      this.place = null;
      this.#setState("joining");
    }
    this.#ticket = undefined;
    this.#joined = message;
    this.#resume = message.resume ?? this.#resume;
    this.#token = this.#resume === undefined ? this.#token : undefined;
    this.self = message.participant;
    this.space = message.space;
    this.listeners = message.listeners;
    this.participants = new Map(message.participants.map((participant) => [participant.id, participant]));
    if (withMedia) {
      if (message.iceServers.length > 0) {
        this.#peer.setConfiguration({ ...this.#peer.getConfiguration(), iceServers: message.iceServers });
      }
      await this.#peer.setRemoteDescription({ type: "answer", sdp: message.answer });
      if (this.#over) {
        return;
      }
      this.#watchPath(this.#peer);
    }
    if (withMedia && this.space.video && this.#videoCodecs === undefined) {
      this.#videoCodecs = this.space.videoCodecs;
      await this.#rejoin(); // nobody said that there is video: now we know, and offer it
      return;
    }
    this.#retryMs = FIRST_RETRY_MS;
    this.#emit("snapshot");
    if (withMedia) {
      this.video?.onAnswer();
    }
    if (withMedia && this.#slots !== undefined) {
      this.setSlots(this.#slots).catch(() => {});
    }
    if (!withMedia && !message.media) {
      await this.#rejoin();
    } else if (this.#peer?.connectionState === "connected") {
      this.#setState("live");
    }
  }

  #onSocketLost() {
    for (const { reject } of this.#commands.values()) {
      reject(new RostrumError({ code: "disconnected", message: "The connection was lost before the answer came." }));
    }
    this.#commands.clear();
    if (!this.#over) {
      this.#setState("reconnecting");
      const withinMs = this.onStage ? STAGE_RETURNS_WITHIN_MS : CROWD_RETURNS_WITHIN_MS;
      this.#retrySoon(this.#comeBackAfterMs ?? Math.random() * withinMs);
      this.#comeBackAfterMs = undefined;
    }
  }

  /** Comes back with the same identity; media that still flows is left alone. */
  #retrySoon(afterMs) {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(async () => {
      const attempt = ++this.#attempts;
      try {
        await this.#open(!this.mediaFlows || this.#speechBrokeOff());
      } catch (error) {
        if (this.#over || attempt !== this.#attempts) {
          return; // over, or another attempt is under way
        }
        // Anything but the server's own refusal is the doing of the browser or the network: it passes.
        if (!(error instanceof RostrumError) || PASSING.includes(error.code)) {
          const soonMs = this.#retryMs / 2 + (Math.random() * this.#retryMs) / 2;
          this.#retryMs = Math.min(2 * this.#retryMs, this.onStage ? STAGE_LAST_RETRY_MS : CROWD_LAST_RETRY_MS);
          this.#retrySoon(error.comeBackAfterMs ?? soonMs);
        } else {
          this.#end(error.code, error.message);
        }
      }
    }, afterMs);
  }

  /** The media session is gone: a new one, as the same participant. */
  async #rejoin() {
    if (!this.#over) {
      this.#setState("reconnecting");
      this.#socket?.close();
      this.#socket = null;
      this.#retrySoon(0);
    }
  }

  #say(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #command(command) {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      return Promise.reject(new RostrumError({ code: "disconnected", message: "Not connected right now." }));
    }
    const id = this.#nextId++;
    this.#say({ ...command, id });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#commands.delete(id);
        reject(new RostrumError({ code: "timeout", message: "The server does not answer." }));
      }, COMMAND_TIMEOUT_MS);
      const settle = (how) => (value) => {
        clearTimeout(timer);
        how(value);
      };
      this.#commands.set(id, { resolve: settle(resolve), reject: settle(reject) });
    });
  }

  #onMessage(message) {
    switch (message.type) {
      case "result":
        this.#commands.get(message.id)?.resolve(message);
        this.#commands.delete(message.id);
        break;
      case "error":
        if (message.id !== undefined && this.#commands.has(message.id)) {
          this.#commands.get(message.id).reject(new RostrumError(message.error));
          this.#commands.delete(message.id);
        }
        break;
      case "stage":
        this.#update(message.participant);
        break;
      case "hand":
        this.#update(message.participant);
        break;
      case "left":
        this.participants.delete(message.participant);
        this.#emit("stage");
        break;
      case "counts":
        this.listeners = message.listeners;
        this.#emit("counts");
        break;
      case "space":
        this.space = message.space;
        this.#emit("space");
        break;
      case "role":
        this.self = { ...this.self, role: message.role, muted: message.muted, hand: false };
        if (!this.onStage) {
          this.self = { ...this.self, camera: false, screen: false };
        }
        if (message.role !== "host" && message.role !== "cohost") {
          this.#forgetHands();
        }
        this.#emit("role", { by: message.by });
        this.#emit("stage");
        break;
      case "muted":
        if ((message.source ?? "microphone") === "microphone") {
          this.self = { ...this.self, muted: true };
        }
        this.#emit("muted", { by: message.by, source: message.source ?? "microphone" });
        this.#emit("stage");
        break;
      case "video":
        this.video?.onVideo(message);
        break;
      case "media":
        this.#emit("media", { state: message.state, reason: message.reason });
        if (message.state === "closed") {
          this.#rejoin();
        }
        break;
      case "draining":
        this.#comeBackAfterMs = message.comeBackAfterMs;
        this.#emit("draining", { comeBackAfterMs: message.comeBackAfterMs });
        break;
      case "closed":
        if (message.reason === "draining" || message.reason === "slow" || message.reason === "idle") {
          break; // the socket closes next, and we come back
        }
        this.#end(message.reason, message.message);
        break;
      default: // a newer server may say more
    }
  }

  /** Of what one does oneself as a listener, nobody is told; the result says that it holds. */
  #changeSelf(change) {
    this.self = { ...this.self, ...change };
    if (this.participants.has(this.self.id)) {
      this.participants.set(this.self.id, this.self);
    }
    this.#emit("stage");
  }

  /** Of those who listen, only hands are known; nobody tells any more when they go down. */
  #forgetHands() {
    for (const { id, role } of [...this.participants.values()]) {
      if (role === "listener") {
        this.participants.delete(id);
      }
    }
  }

  #update(participant) {
    if (participant.id === this.self.id) {
      this.self = participant;
    }
    if (participant.role === "listener" && !participant.hand) {
      this.participants.delete(participant.id);
    } else {
      this.participants.set(participant.id, participant);
    }
    this.#emit("stage");
  }

  // ---- media

  async #offerNew() {
    this.#closePeer();
    const codecs = this.#videoCodecs ?? [];
    if (codecs.length > 0 && this.video === null) {
      const { SessionVideo } = await import("./video.js");
      this.video = new SessionVideo(this);
    }
    if (this.#over) {
      throw new RostrumError({ code: "session-over", message: "This session is over." });
    }
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers: this.#joined?.iceServers ?? [] });
    this.#peer = peer;
    this.#microphoneLine = peer.addTransceiver("audio", { direction: "sendonly" });
    if (this.#microphone !== null) {
      await this.#microphoneLine.sender.replaceTrack(this.#microphone);
    }
    await this.video?.addPublications(peer, codecs);
    const slots = Array.from({ length: AUDIO_SLOTS }, () => peer.addTransceiver("audio", { direction: "recvonly" }));
    this.video?.addSlots(peer, codecs);
    const opus = RTCRtpReceiver.getCapabilities("audio").codecs.filter(
      ({ mimeType }) => mimeType.toLowerCase() === "audio/opus",
    );
    for (const line of peer.getTransceivers()) {
      if (line.receiver.track.kind === "audio") {
        line.setCodecPreferences?.(opus);
      }
    }
    this.#audio = slots.map(({ receiver }) => this.#play(receiver.track));
    peer.onconnectionstatechange = () => this.#onConnectionState(peer);
    peer.onnegotiationneeded = () => {
      if (peer.remoteDescription !== null) {
        this.#emit("negotiationneeded"); // never expected: one offer serves for the whole stay
      }
    };
    await peer.setLocalDescription(await peer.createOffer());
    this.negotiations++;
    this.#path = null; // until the answer, which may wait in a queue, there is no path to look at
    this.#emit("path", { flows: false });
    return peer.localDescription.sdp;
  }

  /** Remote audio plays through elements: only they take part in echo cancellation. */
  #play(track) {
    const element = new Audio();
    element.autoplay = true;
    element.srcObject = new MediaStream([track]);
    element.play().catch((error) => {
      if (error.name === "NotAllowedError") {
        this.#emit("blocked");
      }
    });
    return element;
  }

  #onConnectionState(peer) {
    if (peer !== this.#peer || this.#over) {
      return;
    }
    if (peer.connectionState === "connected") {
      if (this.#socket?.readyState === WebSocket.OPEN) {
        this.#setState("live");
      }
      this.#watchSpeakers();
    } else if (peer.connectionState !== "new" && peer.connectionState !== "connecting") {
      this.#setState("reconnecting");
    }
  }

  /**
   * Looks whether the path still carries anything. Silence alone says nothing, because nobody may be speaking; but a
   * check of ours that is not answered does, speech that broke off in the middle, and the browser's own word.
   */
  async #lookAtPath(peer) {
    const now = performance.now();
    const path = this.#path;
    const seen = await pathOf(peer);
    if (peer !== this.#peer || this.#over || path === null) {
      return;
    }
    if (seen.received !== path.received) {
      path.received = seen.received;
      path.heardAt = now;
      path.asked = seen.asked;
      path.askedAt = 0;
      path.spoken = this.#heardWithin(MEDIA_LOOK_MS + SPEAKING_MS).size > 0;
    } else if (path.askedAt === 0 && seen.asked > path.asked) {
      path.askedAt = now;
    }
    const silentMs = now - path.heardAt;
    const unanswered = path.askedAt > 0 && now - path.askedAt >= 2 * MEDIA_LOOK_MS;
    const broken = unanswered || path.spoken || peer.connectionState !== "connected";
    const gone = silentMs >= MEDIA_LOST_MS && broken;
    if (path.gone !== gone) {
      path.gone = gone;
      this.#emit("path", { flows: this.mediaFlows });
    }
    if (path.gone && now - path.restartedAt >= MEDIA_RESTART_MS) {
      this.#setState("reconnecting");
      if (this.#socket?.readyState === WebSocket.OPEN) {
        path.restartedAt = now;
        await this.#restartMedia(peer);
      }
    } else if (!path.gone && peer.connectionState === "connected" && this.#socket?.readyState === WebSocket.OPEN) {
      this.#setState("live");
    }
  }

  /** With the WebSocket lost as well, this is enough to believe that the server is gone. */
  #speechBrokeOff() {
    const path = this.#path;
    return path !== null && path.spoken && performance.now() - path.heardAt >= 2 * MEDIA_LOOK_MS + SPEAKING_MS;
  }

  #watchPath(peer) {
    clearInterval(this.#pathTimer);
    const now = performance.now();
    // A path that is still being made has its time, too.
    this.#path = { received: -1, heardAt: now, asked: 0, askedAt: 0, spoken: false, gone: false, restartedAt: now };
    this.#pathTimer = setInterval(() => this.#lookAtPath(peer).catch(() => {}), MEDIA_LOOK_MS);
  }

  /** A new path for the same session; if the server does not know the session any more, a new one as the same participant. */
  async #restartMedia(peer) {
    try {
      await peer.setLocalDescription(await peer.createOffer({ iceRestart: true }));
      const { answer } = await this.#command({ type: "restartIce", offer: peer.localDescription.sdp });
      await peer.setRemoteDescription({ type: "answer", sdp: answer });
    } catch (error) {
      if (peer === this.#peer && !this.#over && this.#socket?.readyState === WebSocket.OPEN && error.code !== "timeout") {
        await this.#rejoin();
      }
    }
  }

  #watchSpeakers() {
    clearInterval(this.#speakingTimer);
    this.#speakingTimer = setInterval(async () => {
      const levels = this.#speakingNow();
      const own = await this.#ownLevel();
      if (own >= SPEAKING_LEVEL && this.mediaFlows) {
        levels.set(this.self.id, own);
      }
      const key = [...levels.keys()].sort().join();
      if (key !== this.#speaking) {
        this.#speaking = key;
        this.#emit("speaking", { speaking: levels });
      }
    }, 100);
  }

  /** CSRC → level of everybody who is heard right now. */
  speakingCsrcs() {
    return this.#heardWithin(SPEAKING_MS);
  }

  #heardWithin(ageMs) {
    const levels = new Map();
    const now = performance.timeOrigin + performance.now();
    for (const receiver of this.#peer?.getReceivers() ?? []) {
      if (receiver.track.kind !== "audio") {
        continue;
      }
      // How fresh a slot is tells its SSRC: Firefox dates contributing sources up to a second back. Of those, old
      // entries stay for ten seconds: only the newest tells what the slot carries.
      const slot = newest(receiver.getSynchronizationSources());
      const speaker = newest(receiver.getContributingSources());
      const level = speaker?.audioLevel ?? slot?.audioLevel ?? 1;
      if (slot !== null && speaker !== null && age(slot.timestamp, now) < ageMs && level >= SPEAKING_LEVEL) {
        levels.set(speaker.source, level);
      }
    }
    return levels;
  }

  #speakingNow() {
    const byCsrc = new Map([...this.participants.values()].map(({ id, csrc }) => [csrc, id]));
    const speaking = new Map();
    for (const [csrc, level] of this.speakingCsrcs()) {
      const participant = byCsrc.get(csrc - (csrc % 4)); // the two lowest bits name the source
      if (participant !== undefined) {
        speaking.set(participant, Math.max(level, speaking.get(participant) ?? 0));
      }
    }
    return speaking;
  }

  /** How loud the own microphone is on the line, 0 to 1: nobody sends us our own voice. */
  async #ownLevel() {
    const sender = this.#microphoneLine?.sender;
    if (!this.onStage || this.self.muted || !sender?.track) {
      return 0;
    }
    let level = 0;
    (await sender.getStats()).forEach((entry) => {
      level = entry.type === "media-source" ? (entry.audioLevel ?? 0) : level;
    });
    return level;
  }

  #closePeer() {
    this.video?.close();
    clearInterval(this.#speakingTimer);
    clearInterval(this.#pathTimer);
    if (this.#peer !== null) {
      this.#peer.onconnectionstatechange = null;
      this.#peer.close();
      this.#peer = null;
    }
    for (const element of this.#audio) {
      element.srcObject = null;
    }
    if (this.#speaking !== "") {
      this.#speaking = "";
      this.#emit("speaking", { speaking: new Map() });
    }
    this.#audio = [];
    this.#microphoneLine = null;
  }

  // ---- states

  #end(reason, message, error = new RostrumError({ code: reason, message })) {
    if (this.#over) {
      return;
    }
    this.#over = true;
    this.#failJoin?.(error);
    clearTimeout(this.#retryTimer);
    this.#socket?.close(NORMAL_CLOSURE);
    this.#closePeer();
    this.#setState("over");
    this.#emit("over", { reason, message });
  }

  #setState(state) {
    if (this.#state !== state) {
      this.#state = state;
      this.#emit("state", { state });
    }
  }

  #emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** The entry with the newest timestamp, or null. */
function newest(entries) {
  return entries.reduce((best, entry) => (best === null || entry.timestamp > best.timestamp ? entry : best), null);
}

/** How old a timestamp of getContributingSources is: some browsers count from the page's start, some from 1970. */
function age(timestamp, now) {
  return Math.min(Math.abs(now - timestamp), Math.abs(performance.now() - timestamp));
}

/** How much has come over all paths of a connection, and how many checks it has sent on them. */
async function pathOf(peer) {
  let received = 0;
  let asked = 0;
  (await peer.getStats()).forEach((entry) => {
    if (entry.type === "candidate-pair") {
      received += (entry.bytesReceived ?? 0) + (entry.responsesReceived ?? 0) + (entry.requestsReceived ?? 0);
      asked += (entry.requestsSent ?? 0) + (entry.consentRequestsSent ?? 0);
    } else if (entry.type === "inbound-rtp") {
      received += entry.packetsReceived ?? 0;
    }
  });
  return { received, asked };
}
