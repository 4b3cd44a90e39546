// Unpacks a web font to the form that Typst reads: WOFF 1.0 to SFNT (W3C, 2012).
import { readFile, writeFile } from "node:fs/promises";
import { inflateSync } from "node:zlib";

const HEADER = 44;
const ENTRY = 20;

export async function unpack(from, to) {
  const woff = await readFile(from);
  if (woff.toString("latin1", 0, 4) !== "wOFF") throw new Error(`${from}: no WOFF 1.0`);
  const count = woff.readUInt16BE(12);
  const power = 2 ** Math.floor(Math.log2(count));
  const head = Buffer.alloc(12 + 16 * count);
  head.writeUInt32BE(woff.readUInt32BE(4), 0);
  head.writeUInt16BE(count, 4);
  head.writeUInt16BE(16 * power, 6);
  head.writeUInt16BE(Math.log2(power), 8);
  head.writeUInt16BE(16 * (count - power), 10);
  const tables = [];
  let place = head.length;
  for (let n = 0; n < count; n += 1) {
    const at = HEADER + ENTRY * n;
    const offset = woff.readUInt32BE(at + 4);
    const packed = woff.readUInt32BE(at + 8);
    const length = woff.readUInt32BE(at + 12);
    const raw = woff.subarray(offset, offset + packed);
    const table = packed < length ? inflateSync(raw) : raw;
    woff.copy(head, 12 + 16 * n, at, at + 4);
    head.writeUInt32BE(woff.readUInt32BE(at + 16), 12 + 16 * n + 4);
    head.writeUInt32BE(place, 12 + 16 * n + 8);
    head.writeUInt32BE(length, 12 + 16 * n + 12);
    const padded = Buffer.alloc(Math.ceil(length / 4) * 4);
    table.copy(padded);
    tables.push(padded);
    place += padded.length;
  }
  await writeFile(to, Buffer.concat([head, ...tables]));
}
