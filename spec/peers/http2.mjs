// An HTTP/2 server over TLS that reads a whole request and then does what its
// path says. Only what Node has itself.
//
//   node http2.mjs CERTIFICATE KEY
//
// Prints "listening on PORT", then a line for each request that it has read
// whole: its version, method, path and body.
//
//   /close     ends the connection
//   /reset     ends it with RST
//   /goaway    says GOAWAY, as if it had processed no request at all
//   /refuse    RST_STREAM with REFUSED_STREAM, "not processed"
//   /fail      RST_STREAM with INTERNAL_ERROR
//   /half      ends the connection within the answer
//   others     201 and {}
import { readFileSync } from "node:fs";
import { constants, createSecureServer } from "node:http2";

const [certificate, key] = process.argv.slice(2);

const sockets = new Map(); // by the client's port: below TLS
const below = (stream) => sockets.get(stream.session.socket.remotePort);

const endings = {
  "/close": (stream) => below(stream).destroy(),
  "/reset": (stream) => below(stream).resetAndDestroy(),
  "/goaway": (stream) => {
    stream.session.goaway(constants.NGHTTP2_NO_ERROR, 0);
    setImmediate(() => below(stream).end());
  },
  "/refuse": (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM),
  "/fail": (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
  "/half": (stream) => {
    stream.respond({ ":status": 201 });
    stream.write("{", () => below(stream).end());
  },
};

const server = createSecureServer({
  cert: readFileSync(certificate),
  key: readFileSync(key),
  allowHTTP1: true,
});

server.on("connection", (socket) => sockets.set(socket.remotePort, socket));
server.on("request", (request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const { httpVersion, method, url } = request;
    console.log(`HTTP/${httpVersion} ${method} ${url} ${Buffer.concat(parts)}`);
    const end = endings[url];
    if (!end) {
      response.writeHead(201, { "content-type": "application/json" }).end("{}");
    } else if (httpVersion === "2.0") {
      end(request.stream);
    } else {
      request.socket.destroy();
    }
  });
});
server.on("sessionError", () => {});
server.on("clientError", () => {});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
process.on("SIGTERM", () => process.exit(0));
