/** Rostrum's client. Messages behind it: docs/protocol.md. */

export type Role = "host" | "cohost" | "speaker" | "listener";
export type SessionState = "new" | "joining" | "queued" | "live" | "reconnecting" | "over";

export interface Participant {
  /** Public, and the same after each reconnect. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** The contributing source of this participant's packets: unsigned 32 bits. */
  readonly csrc: number;
  readonly muted: boolean;
  /** Whether the camera or the screen is shown. */
  readonly camera: boolean;
  readonly screen: boolean;
  readonly hand: boolean;
  /** The connection is lost, and the place is kept for a while. */
  readonly away: boolean;
}

export type VideoCodec = "VP8" | "VP9" | "H264" | "AV1";
export type Source = "microphone" | "camera" | "screen";
export type PictureState = "waiting" | "carried" | "paused" | "undecodable" | "ended";

/** A picture that is to be seen. */
export interface Picture {
  participant: string;
  source: "camera" | "screen";
  /** In pixels of the screen; 0 for any. */
  height: number;
  /** Goes before the others where the network does not carry all. */
  pinned?: boolean;
}

/** The video of a session, in spaces that have it. */
export interface SessionVideo {
  /** Whether the server takes this browser's camera: it offered one of the space's codecs. */
  readonly canShow: boolean;
  /** Sends this track as the camera; others see it once unmute("camera") has resolved. Nothing is negotiated. */
  setCamera(track: MediaStreamTrack | null): Promise<void>;
  setScreen(track: MediaStreamTrack | null, sound?: MediaStreamTrack | null): Promise<void>;
  /** Which pictures are to be seen, the most important first, at most nine. */
  show(pictures: Picture[]): void;
  /** The stream of a picture that is to be seen. Another one after the event "pictures". */
  streamOf(participant: string, source: "camera" | "screen"): MediaStream | null;
  stateOf(participant: string, source: "camera" | "screen"): PictureState;
  /** How the network did since the last call. */
  network(): Promise<{ roundTripMs: number; lossRate: number; bitrate: number; quality: "good" | "fair" | "poor" }>;
}

export interface SpaceInfo {
  readonly id: string;
  readonly title: string;
  readonly state: "scheduled" | "live" | "ended";
  readonly video: boolean;
  /** In spaces with video: the preferred first. */
  readonly videoCodecs?: readonly VideoCodec[];
}

export interface SessionOptions {
  /** The address of the space's join door: http(s)://host/v1/spaces/ID/join, or ws(s). */
  url: string;
  /** An access token; without one the server lets you listen, if it is open. */
  token?: string;
  /** The resume token of an earlier session. */
  resume?: string;
  name?: string;
  /** Those of the space, from its details; [] for no video. Absent: found out by joining. */
  videoCodecs?: readonly VideoCodec[];
  /** What kept the place in the queue, if the page was left and opened again. */
  ticket?: string;
}

/** A place in the queue of a full or busy server. */
export interface Place {
  /** From 1. */
  readonly position: number;
  /** In how long it is probably one's turn; absent when that depends on others' leaving. */
  readonly estimateSeconds?: number;
  /** Whether there is no room until others leave. */
  readonly full: boolean;
}

/** A refusal by the server. */
export class RostrumError extends Error {
  /** For programs. */
  readonly code: string;
  /** The field of the message that is at fault, if one is. */
  readonly field?: string;
  /** With the code "draining": when to try again, in milliseconds. */
  readonly comeBackAfterMs?: number;
}

/**
 * A participant's stay in a space: one RTCPeerConnection, negotiated once. Events (all CustomEvent):
 * "state" {state}, "queued" (a Place; one is let in without asking again), "snapshot", "stage", "counts", "space",
 * "role" {by}, "muted" {by, source}, "media" {state, reason},
 * "speaking" {speaking: Map of participant id to level}, "blocked", "unblocked", "draining" {comeBackAfterMs}, "path" {flows},
 * "over" {reason, message}, and with video "pictures" {participant?, source?, state?}.
 */
export class RostrumSession extends EventTarget {
  constructor(options: SessionOptions);

  readonly state: SessionState;
  /** The private token with which this participant can come back. */
  readonly resume: string | undefined;
  readonly peerConnection: RTCPeerConnection | null;
  readonly onStage: boolean;
  /** Where one stands in the queue; null for whoever does not wait. */
  readonly place: Place | null;
  /** Keeps the place in the queue, for 30 seconds after the connection was lost. */
  readonly ticket: string | undefined;
  /** Whether media is connected and not known to be cut off; also while the state is "reconnecting". */
  readonly mediaFlows: boolean;
  /** The stage and (for hosts) raised hands, by id. */
  readonly participants: Map<string, Participant>;
  readonly listeners: number;
  readonly self: Participant | null;
  readonly space: SpaceInfo | null;
  /** How many offers were made so far: 1, unless a connection was lost. */
  readonly negotiations: number;
  /** Null in spaces without video. */
  readonly video: SessionVideo | null;

  join(): Promise<void>;
  /** Starts playing after a gesture, where the browser refused to before ("blocked"). */
  unblock(): Promise<void>;
  /** Sends this track as the microphone; null sends nothing. Nothing is negotiated. */
  setMicrophone(track: MediaStreamTrack | null): Promise<void>;
  raiseHand(): Promise<void>;
  lowerHand(participant?: string): Promise<void>;
  promote(participant: string, role?: Role): Promise<unknown>;
  demote(participant: string, role?: Role): Promise<unknown>;
  /** Resolves when nothing of theirs is forwarded any more. */
  mute(participant?: string, source?: Source): Promise<unknown>;
  /** Unmutes oneself, or shows one's camera or screen. */
  unmute(source?: Source): Promise<unknown>;
  remove(participant: string, options?: { ban?: boolean }): Promise<unknown>;
  setName(name: string): Promise<void>;
  /** How many speakers are heard at once, the loudest first; 0 for none. */
  setSlots(slots: {
    audio?: number;
    /** Prefer video.show(), which keeps account of the slots. */
    video?: { mid: string; participant?: string; source?: "camera" | "screen"; height?: number; pinned?: boolean }[];
  }): Promise<unknown>;
  endSpace(): Promise<unknown>;
  leave(): Promise<void>;
  /** CSRC to level (0 to 1) of everybody who is heard right now. */
  speakingCsrcs(): Map<number, number>;
  statistics(): Promise<{
    packetsReceived: number;
    packetsLost: number;
    concealedSamples: number;
    totalSamples: number;
    jitterBufferMs: number;
  }>;
}
