// Sending a zip, under a name made from the file's.
import { upload } from "../lib/api.js";

/** A name that any file system takes: letters, digits, dashes. */
export function nameOf(file) {
  return file.name.replace(/\.zip$/i, "").replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "upload";
}

export function send(file, onProgress) {
  return upload(`/api/uploads/${nameOf(file)}`, file, { onProgress, method: "PUT", headers: { "Content-Type": "application/zip" } });
}
