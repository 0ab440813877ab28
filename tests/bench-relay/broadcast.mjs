// What people take who write it themselves: everything from any connection goes to all that asked for `/read`, with the
// package `ws`. FAULT names a mistake to make with every tenth message, by which the benchmark shows that it would notice.
import { createRequire } from 'node:module';

const { WebSocketServer } = createRequire(`${process.env.WS_PACKAGES}/`)('ws');
const EVERY = 10;
const fault = process.env.FAULT ?? '';
const readers = new Set();
let count = 0;
let held = null;

const toAll = (message) => readers.forEach((reader) => reader.send(message, { binary: true }));

const pass = (message) => {
  count += 1;
  if (count % EVERY === 0) {
    switch (fault) {
      case 'drop':
        return;
      case 'duplicate':
        toAll(message);
        break;
      case 'corrupt':
        message = Buffer.from(message);
        message[message.length - 1] ^= 1;
        break;
      case 'shorten':
        message = message.subarray(0, message.length - 1);
        break;
      case 'reorder':
        held = message;
        return;
    }
  }
  toAll(message);
  if (held) {
    toAll(held);
    held = null;
  }
};

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.env.PORT), perMessageDeflate: false });
server.on('listening', () => console.log('ready'));
server.on('connection', (socket, request) => {
  if (request.url === '/read') {
    readers.add(socket);
    socket.on('close', () => readers.delete(socket));
  }
  socket.on('message', pass);
});
