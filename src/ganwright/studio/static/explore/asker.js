// Asks the live socket for what is to be seen: one question at a time, of each kind only the newest.

const ORDER = ["main", "strip", "map", "effects", "layer"]; // what moves under the hand comes first

const text = new TextDecoder();

/** A binary answer: {type, shape, ..., values}. */
export function readFrame(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(text.decode(new Uint8Array(buffer, 4, length)));
  const values = head.dtype === "uint8" ? new Uint8Array(buffer, 4 + length) : new Float32Array(buffer, 4 + length);
  return { ...head, values };
}

/** Picture number `index` of an answer with pictures (..., H, W, C), as ImageData. */
export function imageOf(frame, index = 0) {
  const [height, width, channels] = frame.shape.slice(-3);
  const size = width * height;
  const from = frame.values.subarray(index * size * channels, (index + 1) * size * channels);
  const out = new Uint8ClampedArray(size * 4);
  if (channels === 4) out.set(from);
  else {
    const [g, b] = channels === 1 ? [0, 0] : [1, 2];
    for (let i = 0, j = 0; i < out.length; i += 4, j += channels) {
      out[i] = from[j];
      out[i + 1] = from[j + g];
      out[i + 2] = from[j + b];
      out[i + 3] = 255;
    }
  }
  return new ImageData(out, width, height);
}

export function countOf(frame) {
  return frame.shape.slice(0, frame.type === "points" ? -1 : -3).reduce((a, b) => a * b, 1);
}

export class Asker {
  /** send: puts an object on the socket. onProblem(line or null): what went wrong with the last question. */
  constructor(send, onProblem) {
    this.send = send;
    this.onProblem = onProblem;
    this.waiting = new Map();
    this.flight = null;
    this.next = 1;
    this.open = false;
    this.times = [];
  }

  /** channel: one of ORDER. take(answer) is called unless a newer question of the channel is asked before it is sent. */
  want(channel, question, take) {
    this.waiting.set(channel, { question, take });
    this.go();
  }

  go() {
    if (!this.open || this.flight || !this.waiting.size) return;
    const channel = ORDER.find((one) => this.waiting.has(one));
    const asked = this.waiting.get(channel);
    this.waiting.delete(channel);
    this.flight = { id: this.next, channel, ...asked };
    this.next += 1;
    this.send({ ...asked.question, id: this.flight.id, type: channel === "layer" ? "layer" : "show" });
  }

  /** The socket is there (again): what was not answered is asked anew. */
  start() {
    this.open = true;
    if (this.flight && !this.waiting.has(this.flight.channel)) this.waiting.set(this.flight.channel, this.flight);
    this.flight = null;
    this.go();
  }

  stop() {
    this.open = false;
  }

  answer(buffer) {
    const frame = readFrame(buffer);
    if (this.flight?.id !== frame.id) return;
    const { take, channel } = this.flight;
    this.flight = null;
    this.go(); // the server works while the answer is drawn
    if (channel === "main") this.count();
    this.onProblem(null);
    take(frame);
  }

  refuse(id, line) {
    if (id !== null && this.flight?.id !== id) return;
    this.flight = null;
    this.onProblem(line);
    this.go();
  }

  count() {
    const now = performance.now();
    this.times.push(now);
    while (this.times[0] < now - 1000) this.times.shift();
  }

  /** Answers that moved the main picture in the last second. */
  get rate() {
    const now = performance.now();
    return this.times.filter((t) => t > now - 1000).length;
  }
}
