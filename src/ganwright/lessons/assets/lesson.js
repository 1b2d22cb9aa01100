"use strict";

/* An animation is its frames, one of them shown; without this script the last one is. */
for (const figure of document.querySelectorAll(".animation")) {
  const frames = [...figure.querySelectorAll(".frames img")];
  const [button, slider, place] = ["button", "input", "output"].map((name) => figure.querySelector(name));
  let timer = null;

  const show = () => {
    frames.forEach((frame, index) => frame.classList.toggle("shown", index === Number(slider.value)));
    const moment = frames[slider.value].dataset.moment;
    place.textContent = moment;
    slider.setAttribute("aria-valuetext", moment);
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    button.textContent = "Play";
  };
  const step = () => {
    if (Number(slider.value) === frames.length - 1) return stop();
    slider.value = Number(slider.value) + 1;
    show();
  };
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (Number(slider.value) === frames.length - 1) slider.value = 0;
    show();
    button.textContent = "Pause";
    timer = setInterval(step, 250);
  });
  slider.addEventListener("input", () => {
    stop();
    show();
  });
  figure.querySelector(".player").hidden = false;
}
