// One game: its socket, its newest picture, its history. Pictures are painted in animation frames, not by rendering.
import { useEffect, useLatest, useRef, useState } from "../../lib/html.js";
import { useFrame } from "../../lib/hooks.js";
import { useSocket } from "../../lib/api.js";
import { FIXED } from "./settings.js";
import { Stage } from "./live.js";
import { paletteOf, paintScores } from "./paint.js";
import { unpack } from "./wire.js";

const MOST = 800;
const KEPT = ["js", "kl", "covered", "good", "loss_d", "loss_g", "belief_real", "belief_fake", "rank"];

/** Numbers over the iterations; where there are many every second one is forgotten, and those between are passed over. */
class History {
  constructor() {
    this.at = [];
    this.columns = Object.fromEntries(KEPT.map((key) => [key, []]));
    this.stride = 1;
    this.told = 0;
  }

  add(picture) {
    if (picture.iteration === this.at.at(-1)) return;
    this.told += 1;
    if (this.told % this.stride) return;
    this.at.push(picture.iteration);
    KEPT.forEach((key) => this.columns[key].push(picture[key] ?? null));
    if (this.at.length < MOST) return;
    const half = (list) => list.filter((_, i) => i % 2);
    this.at = half(this.at);
    KEPT.forEach((key) => (this.columns[key] = half(this.columns[key])));
    this.stride *= 2;
  }
}

/* For whoever measures: pictures drawn since the page was opened. */
const counter = (window.ganwrightPlayground = { pictures: 0 });

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/**
 * settings: null while they are not known; then the game that is being played goes on.
 * {stage, shown, world, running, error, notice, say(command), run(), pause(), step(), slow(), restart(), ...}.
 * shown: what is told in words and numbers, renewed a few times a second: {picture, history, updates}.
 */
export function useGame(settings, speed, colours) {
  const stage = useRef(null);
  stage.current ??= new Stage();
  const history = useRef(new History());
  const [shown, setShown] = useState({ picture: null, history: null, updates: 0 });
  const [world, setWorld] = useState(null);
  const [running, setRunning] = useState(false);
  const [story, setStory] = useState(null);
  const [scene, setSceneIndex] = useState(0);
  const [notice, setNotice] = useState(null);
  const [asleep, setAsleep] = useState(false);
  const latest = useLatest({ settings, speed, running, story });
  const known = useRef(null);
  const inbox = useRef([]);
  const count = useRef({ since: performance.now(), num: 0, told: 0, drawn: 0, rate: 0 });

  const begin = (send, run) => {
    known.current = latest.current.settings;
    setStory(null);
    stage.current.story = null;
    send({ type: "start", settings: known.current, run });
    send({ type: "speed", num: latest.current.speed });
  };
  const { send, state } = useSocket(asleep ? null : "/live/playground", {
    onOpen: (send) => {
      known.current = null;
      if (latest.current.settings) begin(send, latest.current.running);
    },
    onMessage: (message) => {
      if (message.type === "error") setNotice({ tone: "bad", text: message.error });
      if (message.type === "ended") {
        setRunning(false);
        setNotice({ tone: "bad", text: `The game ended: ${message.reason}. Reset begins another one.` });
      }
      if (message.type === "paused") {
        setRunning(false);
        setNotice({ tone: "info", text: `Paused: ${message.reason}.` });
      }
      if (message.type === "asleep") {
        setRunning(false);
        setAsleep(true);
      }
    },
    onBinary: (buffer) => {
      const message = unpack(buffer);
      if (message.type === "picture") return inbox.current.push(message);
      if (message.type === "world") {
        const { scores } = stage.current;
        history.current = new History();
        Object.assign(stage.current, { world: message, picture: null, losses: { d: [], g: [] }, scores });
        inbox.current = [];
        setWorld(message);
        return setNotice(null);
      }
      stage.current.story = { ...message, phase: 0, share: 0 };
      setSceneIndex(0);
      return setStory(stage.current.story);
    },
  });

  const show = (picture) => {
    const now = stage.current;
    now.picture = picture;
    now.losses.d.push(picture.loss_d);
    now.losses.g.push(picture.loss_g);
    if (now.losses.d.length > 240) Object.values(now.losses).forEach((list) => list.splice(0, 120));
    if (!now.story) paintScores(now.scores, picture.arrays.surface, now.world.cells, picture, paletteOf(colours));
    history.current.add(picture);
    count.current.num += 1;
  };

  useFrame((_, now) => {
    const picture = inbox.current.shift();
    if (picture && stage.current.world) {
      show(picture);
      stage.current.paint();
      counter.pictures += 1;
      send({ type: "ack" });
    } else if (stage.current.story) stage.current.paint();
    const counted = count.current;
    if (now - counted.since > 1000) {
      counted.rate = (1000 * counted.num) / (now - counted.since);
      Object.assign(counted, { since: now, num: 0 });
    }
    const runs = latest.current.running;
    if (!stage.current.picture || stage.current.picture === counted.seen || now - counted.told < (runs ? 300 : 60)) return;
    Object.assign(counted, { told: now, seen: stage.current.picture });
    const drawsCharts = !runs || now - counted.drawn > 1200; // three charts take longer than all else
    if (drawsCharts) counted.drawn = now;
    const { at, columns } = history.current;
    setShown((old) => ({
      picture: stage.current.picture, updates: counted.rate,
      history: drawsCharts || !old.history ? { at: at.slice(), ...Object.fromEntries(KEPT.map((key) => [key, columns[key].slice()])) } : old.history,
    }));
  });

  useEffect(() => {
    if (state !== "open" || !settings || same(settings, known.current)) return undefined;
    const timer = setTimeout(() => {
      if (same(settings, known.current)) return undefined;
      const another = !known.current || FIXED.some((key) => !same(settings[key], known.current[key]));
      if (another) return begin(send, latest.current.running);
      known.current = settings;
      return send({ type: "change", settings });
    }, 150);
    return () => clearTimeout(timer);
  }, [settings, state]);
  useEffect(() => {
    if (state === "open") send({ type: "speed", num: speed });
  }, [speed]);

  const endStory = () => {
    setStory(null);
    stage.current.story = null;
    const { picture, world: here } = stage.current;
    if (picture && here) paintScores(stage.current.scores, picture.arrays.surface, here.cells, picture, paletteOf(colours));
    stage.current.paint();
  };
  useEffect(() => {
    if (!stage.current.story) endStory();
  }, [colours]);
  const go = (type, then, more = {}) => () => {
    endStory();
    setNotice(null);
    if (asleep) setAsleep(false);
    setRunning(then);
    send({ type, ...more });
  };
  const setScene = (to) => {
    if (stage.current.story) Object.assign(stage.current.story, { phase: to, share: 0 });
    setSceneIndex(to);
  };
  return {
    scene, setScene, stage: stage.current, shown, world, running, story, notice, state, asleep, endStory,
    run: go("run", true), pause: go("pause", false), step: go("step", false, { num: 1 }),
    slow: () => {
      setRunning(false);
      setNotice(null);
      send({ type: "slow" });
    },
    restart: () => {
      setNotice(null);
      if (latest.current.settings) begin(send, running);
    },
    wake: () => setAsleep(false),
    closeNotice: () => setNotice(null),
  };
}
