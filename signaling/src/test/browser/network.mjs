/**
 * What happens to networks: connections that break, packets that get lost for a while, addresses that change.
 */
import { createSocket } from "node:dgram";
import { createConnection, createServer } from "node:net";
import { networkInterfaces } from "node:os";

/** A port that is free for TCP and for UDP on all addresses, and which nobody holds afterwards. */
export async function freePort() {
  for (;;) {
    const server = createServer();
    const port = await new Promise((resolve, reject) => {
      server.on("error", reject);
      server.listen(0, "0.0.0.0", () => resolve(server.address().port));
    });
    const free = await freeForUdp(port);
    await new Promise((resolve) => server.close(resolve));
    if (free) {
      return port;
    }
  }
}

function freeForUdp(port) {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.on("error", (error) => {
      socket.close();
      if (error.code === "EADDRINUSE") {
        resolve(false);
      } else {
        reject(error);
      }
    });
    socket.bind(port, "0.0.0.0", () => socket.close(() => resolve(true)));
  });
}

/** A TCP proxy on 127.0.0.1 that can break all its connections and refuse new ones. */
export class TcpProxy {
  #server;
  #connections = new Set();

  constructor(targetPort) {
    this.targetPort = targetPort;
  }

  async open(port = 0) {
    this.#server = createServer((client) => {
      const upstream = createConnection(this.targetPort, "127.0.0.1");
      for (const [one, other] of [[client, upstream], [upstream, client]]) {
        this.#connections.add(one);
        one.on("data", (data) => other.write(data));
        one.on("error", () => {});
        one.on("close", () => {
          this.#connections.delete(one);
          other.destroy();
        });
      }
    });
    await new Promise((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    this.port = this.#server.address().port;
  }

  /** Breaks everything at once, as a proxy does that is restarted. */
  async cut() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const connection of this.#connections) {
      connection.destroy();
    }
    await closed;
  }

  mend() {
    return this.open(this.port);
  }
}

/** A UDP relay with an outgoing socket for each client, as a NAT has. */
export class UdpRelay {
  #inside = createSocket("udp4");
  #outside = new Map();
  #cut = false;
  targetPort = 0;

  constructor(address) {
    this.address = address;
  }

  /** The port to relay to is set afterwards: the server must know this one when it starts. */
  async open(port = 0) {
    this.#inside.on("message", (datagram, from) => {
      if (!this.#cut) {
        this.#socketOf(from).send(datagram, this.targetPort, this.address);
      }
    });
    await new Promise((resolve) => this.#inside.bind(port, this.address, resolve));
    this.port = this.#inside.address().port;
  }

  #socketOf(client) {
    const key = `${client.address}:${client.port}`;
    let socket = this.#outside.get(key);
    if (socket === undefined) {
      socket = createSocket("udp4");
      socket.on("message", (datagram) => {
        if (!this.#cut && this.#outside.get(key) === socket) {
          this.#inside.send(datagram, client.port, client.address);
        }
      });
      socket.on("error", () => {});
      this.#outside.set(key, socket);
    }
    return socket;
  }

  /** Loses every datagram in both directions until mend(). */
  cut() {
    this.#cut = true;
  }

  mend() {
    this.#cut = false;
  }

  /** Every client has another address from now on; the old ones lead nowhere. */
  changeAddresses() {
    for (const socket of this.#outside.values()) {
      socket.close();
    }
    this.#outside.clear();
  }

  close() {
    this.changeAddresses();
    this.#inside.close();
  }
}

/** An IPv4 address that every browser sends to: that of an interface, where there is one. */
export function reachableAddress() {
  const all = Object.values(networkInterfaces()).flat();
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}
