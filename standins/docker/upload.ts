import { readFileSync } from "node:fs";
import type { Upload } from "./container-inputs";

const blockLength = 512;

/** The archive with which a file is put into a container: one entry, in POSIX's ustar format. */
export function archiveOf(upload: Upload): Buffer {
  const content = contentOf(upload);
  const padding = Buffer.alloc((blockLength - (content.length % blockLength)) % blockLength);
  const end = Buffer.alloc(2 * blockLength);
  return Buffer.concat([header(upload, content.length), content, padding, end]);
}

function header(upload: Upload, length: number): Buffer {
  const { prefix, name } = split(upload.file.replace(/^\/+/, ""));
  const block = Buffer.alloc(blockLength);
  block.write(name, 0);
  writeNumber(block, 100, 8, mode(upload));
  writeNumber(block, 108, 8, Number(upload.owner ?? 0));
  writeNumber(block, 116, 8, Number(upload.group ?? 0));
  writeNumber(block, 124, 12, length);
  writeNumber(block, 136, 12, Math.floor(Date.now() / 1000));
  block.write("0", 156);
  block.write("ustar\u000000", 257);
  block.write(prefix, 345);
  // The checksum is computed with spaces in its own field.
  block.fill(" ", 148, 156);
  writeNumber(
    block,
    148,
    7,
    block.reduce((sum, byte) => sum + byte, 0),
  );
  return block;
}

function writeNumber(block: Buffer, offset: number, width: number, value: number): void {
  block.write(`${value.toString(8).padStart(width - 1, "0")}\u0000`, offset);
}

/** Splits a path into ustar's two fields: up to 155 bytes before a slash, and 100 after it. */
function split(file: string): { prefix: string; name: string } {
  if (Buffer.byteLength(file) <= 100) {
    return { prefix: "", name: file };
  }
  for (let slash = file.indexOf("/"); slash > 0; slash = file.indexOf("/", slash + 1)) {
    const [prefix, name] = [file.slice(0, slash), file.slice(slash + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) {
      return { prefix, name };
    }
  }
  throw new Error(`the path of an uploaded file is too long: /${file}`);
}

function mode({ permissions, executable }: Upload): number {
  return permissions === undefined ? (executable ? 0o744 : 0o644) : parseInt(permissions, 8);
}

function contentOf({ content, contentBase64, source }: Upload): Buffer {
  if (source) {
    return readFileSync(source);
  }
  return content ? Buffer.from(content) : Buffer.from(contentBase64 ?? "", "base64");
}
