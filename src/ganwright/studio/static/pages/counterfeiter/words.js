// The game in words.
import { number, percent } from "../../lib/format.js";

const shade = (v) => number(v, 3);

export const SCENES = ["He prints", "She looks", "She is told", "He asks", "He turns the knobs"];

/** Of 128 notes, how many she put on the right side of one half. */
function right(round) {
  return round.real_said.filter((v) => v > 0.5).length + round.forged_said.filter((v) => v <= 0.5).length;
}

/** One scene of a round: {title, text}. before, after: how it stood around the round. */
export function sceneWords(scene, { round, before, after, index, frame }) {
  const asleep = !round.real.length;
  const blind = !round.printed.length;
  const num = frame.batch;
  const caught = percent(1 - before.fake_belief);
  switch (scene) {
    case 0:
      return {
        title: "The counterfeiter prints",
        text: asleep ? "He need not show his notes to anyone: the detective is asleep."
          : `He turns out ${num} notes. His press is set to shade ${shade(before.mean)}, give or take ${shade(before.spread)}. ${
            index === 0 ? "He has never seen a real note, so the setting is a guess." : `Last time, she doubted ${caught} of what he makes.`}`,
      };
    case 1:
      return {
        title: "The detective looks",
        text: asleep ? "She is asleep: her curve stays as it is, and forged notes are judged by what she knew before."
          : `She gets ${num} real notes (blue) and ${num} forged ones (orange), all mixed up, and says of each how real it looks to her: the higher, the more real. ${
            right(round)} of ${2 * num} are on the right side of one half; guessing gets ${num}.`,
      };
    case 2:
      return {
        title: "She is told the truth",
        text: asleep ? "Nobody tells her anything, and nothing changes."
          : "Now she hears which was which. She bends her curve (the dashed one, before) up where real notes lay and down where forged ones lay. Only a little each time, lest one odd note mislead her.",
      };
    case 3:
      return {
        title: "He asks, note by note",
        text: blind ? "He learns nothing from her answers any more, so he does not ask."
          : `He prints ${num} more and shows them. Of each he learns two things only: what she thinks of it, and which way its shade should move for her to like it better. The arrows show that: it is the gradient, and it is all he ever gets to know.`,
      };
    default:
      return {
        title: "He turns both knobs",
        text: blind ? `His press stays at shade ${shade(before.mean)}, give or take ${shade(before.spread)}.`
          : `Following the arrows on average, he sets the shade from ${number(before.mean, 4)} to ${number(after.mean, 4)} and the spread from ${
            number(before.spread, 4)} to ${number(after.spread, 4)}. Real notes are ${shade(frame.real_mean)}, give or take ${shade(frame.real_std)}; nobody told him.`,
      };
  }
}

/** What is to be seen in a standing, in one or two sentences. */
export function standingWords(now, { frame, asleep, blind }) {
  const { real_mean: mean, real_std: std } = frame;
  if (asleep) {
    return Math.abs(now.mean - mean) > 3 * std
      ? "With the detective asleep he follows an old curve that nobody corrects, to wherever it was highest. Real notes are left behind."
      : "The detective is asleep: her curve stays where it was. He goes on to wherever it is highest, and nobody objects.";
  }
  if (blind) return "The counterfeiter learns nothing. The detective has all the time she wants: her curve settles on the best one, and stays there.";
  if (now.js < 0.02) return "The heaps lie on each other, and her curve has sunk to one half where the notes are: she can do no better than toss a coin. Neither of them wanted that.";
  if (now.spread < 0.5 * std && Math.abs(now.mean - mean) < 1.2) {
    return "He prints nearly one shade for all his notes, the one she likes best. But where his notes pile up her curve sinks; beside the pile it is higher, and that will widen it.";
  }
  if (now.real_belief - now.fake_belief > 0.45) {
    return "She draws a cliff between the two heaps and catches nearly everything. But a cliff has a slope, and the slope tells him where to go.";
  }
  if (now.js < 0.15) return "He is almost there: where there are still too many forged notes her curve is below one half, where there are too few above it.";
  return "She begins to tell the heaps apart; he has hardly moved.";
}
