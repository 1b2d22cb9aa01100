// A picture of the game as the server packs it: a header in JSON, and float32 arrays that are not copied.
const utf8 = new TextDecoder();

/** {type, numbers ..., arrays: {name: Float32Array}} of a binary message. */
export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(utf8.decode(new Uint8Array(buffer, 4, length)));
  const arrays = {};
  for (const [name, { shape, at }] of Object.entries(header.arrays)) {
    arrays[name] = new Float32Array(buffer, 4 + length + at, shape.reduce((a, b) => a * b, 1));
  }
  return { ...header, arrays };
}
