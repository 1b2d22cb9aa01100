// A game, fetched piece by piece ahead of where it is looked at; the same question gives the same game.
import { useEffect, useRef, useState } from "../../lib/html.js";
import { get } from "../../lib/api.js";

const FIRST = 3; // few at first, so that there is something to see at once
const PIECE = 20;
const AHEAD = 60;

/** How many standings two games have in common: a switch changes nothing before its round. */
export function shared(before, after) {
  if (!before || before.seed !== after.seed || before.loss !== after.loss) return 0;
  const switches = ["police_sleep_from", "forger_blind_from"].filter((name) => before[name] !== after[name]);
  return Math.min(Infinity, ...switches.map((name) => Math.min(before[name] ?? Infinity, after[name] ?? Infinity) + 1));
}

/**
 * asked: {seed, loss, police_sleep_from, forger_blind_from}; at: the standing that is wanted.
 * Gives {frame (what is the same in all standings), standings, error, retry}.
 */
export function useGame(asked, at) {
  const key = JSON.stringify(asked);
  const [state, setState] = useState({ key: null, asked: null, frame: null, standings: [], error: null });
  const [turn, setTurn] = useState(0);
  const want = useRef(at);
  want.current = at;
  const have = state.key === key ? state.standings.length : 0;
  const idle = state.key === key && (state.error || have > Math.min(at + AHEAD, (state.frame?.num_rounds ?? 0)));
  useEffect(() => {
    if (idle && !turn) return undefined;
    const control = new AbortController();
    const common = shared(state.asked, asked);
    let standings = state.key === key ? state.standings : state.standings.slice(0, common);
    let { frame } = state;
    if (state.key !== key && common) setState({ key, asked, frame, standings, error: null });
    const load = async () => {
      try {
        do {
          const piece = await get("/api/counterfeiter", { ...asked, first: standings.length, num: standings.length ? PIECE : FIRST }, { signal: control.signal });
          const { standings: more, ...rest } = piece;
          frame = rest;
          standings = [...standings, ...more];
          setState({ key, asked, frame, standings, error: null });
        } while (standings.length <= Math.min(want.current + AHEAD, frame.num_rounds));
      } catch (error) {
        if (!control.signal.aborted) setState({ key, asked, frame, standings, error });
      }
    };
    load();
    return () => control.abort();
  }, [key, Boolean(idle), turn]);
  return { ...state, mine: state.key === key, retry: () => setTurn((n) => n + 1) };
}
