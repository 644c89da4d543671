// Keeps a client's tests on this machine: a connection to elsewhere is refused, and noted for the runner. Loaded with
// `node --import`, so that the client stays as it is; fetch, http and https all end in net.Socket.

import { appendFileSync } from "node:fs";
import net from "node:net";

const connect = net.Socket.prototype.connect;

function isHere(host) {
  return !host || host === "localhost" || host === "::1" || /^127\./.test(host);
}

net.Socket.prototype.connect = function (...given) {
  // net.connect hands over its arguments normalised: [[options, callback]].
  const first = Array.isArray(given[0]) ? given[0][0] : given[0];
  const host = typeof first === "object" ? first.host : given[1];
  if (!first?.path && !isHere(host)) {
    appendFileSync(process.env.TOLLGATE_OUTBOUND, `${host}\n`);
    throw new Error(`tests stay on this machine: ${host} is elsewhere`);
  }
  return connect.apply(this, given);
};
