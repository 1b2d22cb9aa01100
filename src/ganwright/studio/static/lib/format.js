// Numbers and times as people read them. None of these ever prints NaN.

const missing = (x) => x === null || x === undefined || (typeof x === "number" && !Number.isFinite(x));

/** A number with so many significant digits: 0.0123, 1,234, 1.2e-7; "–" for what is not there. */
export function number(x, digits = 4) {
  if (missing(x)) return "–";
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return x.toExponential(Math.max(0, digits - 2)).replace("e+", "e");
  if (size >= 1000) return x.toLocaleString("en-US", { maximumFractionDigits: Math.max(0, digits - 4) });
  return String(Number(x.toPrecision(digits)));
}

/** A whole number with thousands apart: 12,345. */
export function whole(n) {
  return missing(n) ? "–" : Math.round(n).toLocaleString("en-US");
}

/** A count of images as thousands: "12.3 kimg"; from a million on "1.23 Mimg". */
export function images(n) {
  if (missing(n)) return "–";
  if (n < 1000) return `${Math.round(n)} img`;
  return n < 1e6 ? `${number(n / 1e3, 3)} kimg` : `${number(n / 1e6, 3)} Mimg`;
}

/** How many of how many images: "8.96 of 40 kimg". */
export function imagesOf(n, goal) {
  if (missing(goal)) return images(n);
  const [have, want] = [images(n), images(goal)];
  const unit = want.slice(want.indexOf(" "));
  return `${have.endsWith(unit) ? have.slice(0, -unit.length) : have} of ${want}`;
}

/** Seconds as "0.4 s", "12 s", "3 min 20 s", "1 h 12 min", "2 d 3 h". */
export function duration(s) {
  if (missing(s)) return "–";
  if (s < 1) return `${number(s, 1)} s`;
  const t = Math.round(s);
  if (t < 60) return `${t} s`;
  if (t < 600) return t % 60 ? `${Math.floor(t / 60)} min ${t % 60} s` : `${t / 60} min`;
  if (t < 3600) return `${Math.round(t / 60)} min`;
  const minutes = Math.round(t / 60);
  if (minutes < 1440) return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
  const hours = Math.round(t / 3600);
  return hours % 24 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${hours / 24} d`;
}

/** Seconds as hours, as limits are given: "24 h", "0.5 h". */
export function hours(s) {
  return missing(s) ? "–" : `${number(s / 3600, 3)} h`;
}

/** A share of one as "12.3 %". */
export function percent(share, digits = 3) {
  return missing(share) ? "–" : `${number(share * 100, digits)} %`;
}

/** A size as "512 B", "3.4 MB". */
export function bytes(n) {
  if (missing(n)) return "–";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let i = 0;
  while (n >= 1000 && i < units.length - 1) {
    n /= 1000;
    i += 1;
  }
  return `${number(n, 3)} ${units[i]}`;
}

/** How long ago, from seconds since 1970: "just now", "5 min ago", "3 d ago". */
export function ago(seconds) {
  if (missing(seconds)) return "–";
  const s = Date.now() / 1000 - seconds;
  if (s < 45) return "just now";
  if (s < 3600) return `${Math.max(1, Math.round(s / 60))} min ago`;
  if (s < 86400) return `${Math.round(s / 3600)} h ago`;
  return `${Math.round(s / 86400)} d ago`;
}

/** "1 run", "3 runs". */
export function plural(n, one, many = `${one}s`) {
  return `${whole(n)} ${n === 1 ? one : many}`;
}

/** The name of a run, from its id in addresses. */
export const nameOf = (id) => id.replaceAll("~2", "/").replaceAll("~1", ",").replaceAll("~0", "~");
