// A WebSocket that comes back by itself.
import { useEffect, useLatest, useRef, useState } from "./html.js";

const WAITS = [0.3, 1, 2, 4, 8]; // seconds

/**
 * path null: none. Returns {send(object), state, error}; what is sent before it is open is sent then (the newest 20).
 * state: connecting, open, lost (it comes back by itself), or refused: the server said why in `error`, and is asked
 * again now and then.
 */
export function useSocket(path, { onMessage, onBinary, onOpen } = {}) {
  const [state, setState] = useState("connecting");
  const [error, setError] = useState(null);
  const handlers = useLatest({ onMessage, onBinary, onOpen });
  const held = useRef({ socket: null, queue: [] });

  const send = useRef((data) => {
    const { socket, queue } = held.current;
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(data));
    else {
      queue.push(data);
      if (queue.length > 20) queue.shift();
    }
  }).current;

  useEffect(() => {
    if (path === null) return undefined;
    let timer = null;
    let tries = 0;
    let over = false;
    let refused = false; // the last that was heard is an error: that it can be reached again changes nothing
    const open = () => {
      const url = new URL(path, location.href);
      url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
      const socket = new WebSocket(url);
      socket.binaryType = "arraybuffer";
      held.current.socket = socket;
      socket.onopen = () => {
        if (!refused) well();
        handlers.current.onOpen?.(send);
        held.current.queue.splice(0).forEach(send);
      };
      socket.onmessage = ({ data }) => {
        if (over) return;
        if (typeof data !== "string") return handlers.current.onBinary?.(data);
        const message = JSON.parse(data);
        if (message.type === "error") setError(message.error);
        else if (refused) well();
        refused = message.type === "error";
        return handlers.current.onMessage?.(message);
      };
      socket.onclose = () => {
        if (over) return;
        setState(refused ? "refused" : "lost");
        timer = setTimeout(open, (refused ? WAITS.at(-1) : WAITS[Math.min(tries, WAITS.length - 1)]) * 1000);
        tries += 1;
      };
    };
    const well = () => {
      tries = 0;
      setState("open");
      setError(null);
    };
    setState("connecting");
    setError(null);
    held.current.queue = [];
    open();
    return () => {
      over = true;
      clearTimeout(timer);
      held.current.socket?.close();
      held.current.socket = null;
    };
  }, [path]);

  return { send, state, error };
}
