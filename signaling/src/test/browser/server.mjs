/**
 * A server that a scenario starts, kills and starts again on the same ports, with the same data.
 */
import { spawn } from "node:child_process";
import { check } from "./browsers.mjs";
import { freePort } from "./network.mjs";

/** The command that starts a server: a JSON array, without ports. */
const COMMAND = JSON.parse(process.env.ROSTRUM_SERVER_COMMAND ?? "null");

export class Server {
  #process = null;
  output = "";

  constructor(options) {
    this.options = options;
  }

  /** Takes two free ports and keeps them over all its starts. */
  static async onFreePorts(...options) {
    check(COMMAND !== null, "ROSTRUM_SERVER_COMMAND must say how to start a server");
    const server = new Server(options);
    server.httpPort = await freePort();
    server.mediaPort = await freePort();
    return server;
  }

  get address() {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  /** Starts the process; resolves with the milliseconds until it says that it is ready. */
  async start() {
    const startedAt = performance.now();
    const child = spawn(
      COMMAND[0],
      [...COMMAND.slice(1), "--http-port", this.httpPort, "--media-port", this.mediaPort,
        ...this.options].map(String),
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#process = child;
    return new Promise((resolve, reject) => {
      const take = (data) => {
        this.output += data;
        if (/^\s*ready in/m.test(String(data))) {
          resolve(performance.now() - startedAt);
        }
      };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      child.on("exit", (code, signal) => reject(new Error(`the server ended (${code ?? signal}):\n${this.output}`)));
    });
  }

  /** Sends a signal; resolves with the milliseconds until the process is gone. */
  async stop(signal = "SIGTERM") {
    const child = this.#process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) {
      return 0;
    }
    const at = performance.now();
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
    return performance.now() - at;
  }

  signal(signal) {
    this.#process.kill(signal);
  }
}
