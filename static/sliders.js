// The sliders of the studio's forms say in words where they stand; what the chosen style does not know stays put.

const form = document.querySelector("form.studio");

const WORDS = {
  strength: (value) => `${Math.round(value * 100)} %`,
  line_weight: (value) => (value === 0 ? "None" : value === 1 ? "As drawn" : `× ${value}`),
  detail: (value) => (value === 1 ? "As drawn" : `× ${value}`),
  proportions: (value) => (value < 0 ? "The style’s choice" : value === 0 ? "The likeness" : `${Math.round(value * 100)} %`),
};

function say(range) {
  const words = range.disabled ? "Not in this style" : WORDS[range.name](Number(range.value));
  range.setAttribute("aria-valuetext", words);
  range.closest(".slider").querySelector("output").value = words;
  range.style.setProperty("--at", `${((range.value - range.min) / (range.max - range.min)) * 100}%`);
}

function know() {
  const style = form.querySelector("input[name=style]:checked");
  const lines = form.elements.line_weight;
  lines.disabled = !style?.hasAttribute("data-lines");
  say(lines);
}

function sayAll() {
  know();
  for (const range of form.querySelectorAll("input[type=range]")) say(range);
}

if (form) {
  form.addEventListener("input", (event) => { if (event.target.type === "range") say(event.target); });
  form.addEventListener("change", (event) => { if (event.target.name === "style") know(); });
  // Coming back by the back button, the form stands as it was left.
  addEventListener("pageshow", sayAll);
  sayAll();
}
