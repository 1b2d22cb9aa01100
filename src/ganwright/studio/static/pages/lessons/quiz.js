// The question at the end of a lesson; what was answered is kept in this browser.
import { classes, html, useState } from "../../lib/html.js";
import { useStored } from "../../lib/hooks.js";
import { Button } from "../../components/button.js";
import { Card } from "../../components/card.js";
import { Icon } from "../../components/icon.js";

export const useAnswers = () => useStored("lesson-answers", {});

/** asked: {text, choices, right, explanation}. answer: the place that was chosen last, or undefined. */
export function Quiz({ name, asked, answer, onAnswer }) {
  const [picked, setPicked] = useState(null);
  const done = answer !== undefined;
  const right = answer === asked.right;
  const submit = (event) => {
    event.preventDefault();
    if (picked !== null) onAnswer(picked);
  };
  return html`<${Card} title="A question" class="lessons-quiz" about="Your answer is kept in this browser only."><form onSubmit=${submit}>
    <fieldset disabled=${done}><legend>${asked.text}</legend>
      ${asked.choices.map((choice, i) => html`<label key=${i} class=${classes("lessons-choice", done && i === asked.right && "right", done && i === answer && !right && "wrong")}>
        <input type="radio" name=${`question-${name}`} checked=${(done ? answer : picked) === i} onChange=${() => setPicked(i)} />
        <span>${choice}</span>${done && i === asked.right ? html`<${Icon} name="check" />` : done && i === answer ? html`<${Icon} name="close" />` : ""}</label>`)}
    </fieldset>
    <div class="lessons-verdict" aria-live="polite">${done ? html`<p><b class=${right ? "tone-good" : "tone-bad"}>${right ? "Right." : "Not quite."}</b> ${asked.explanation}</p>` : ""}</div>
    <div class="row">${done ? html`<${Button} icon="reset" onClick=${() => { setPicked(null); onAnswer(undefined); }}>Ask me again<//>`
      : html`<${Button} kind="primary" type="submit" disabled=${picked === null}>Answer<//>`}</div></form><//>`;
}
