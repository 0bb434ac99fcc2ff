// The studio's form: show the picture that was chosen, and say once that it is being sent.

const form = document.querySelector("[data-studio]");
const input = form?.elements.picture;

if (form) {
  const preview = form.querySelector(".frame-preview");
  const problem = form.querySelector(".frames-problem");
  const frame = form.querySelector(".frame-upload");

  const choose = () => {
    const file = input.files[0];
    frame.classList.toggle("chosen", Boolean(file));
    preview.hidden = !file;
    if (preview.src) URL.revokeObjectURL(preview.src);
    if (!file) { preview.removeAttribute("src"); return; }
    problem.textContent = "";
    preview.src = URL.createObjectURL(file);
    for (const each of form.querySelectorAll("input[name=media]")) each.checked = false;
  };
  input.addEventListener("change", choose);
  preview.addEventListener("error", () => {
    preview.hidden = true;
    if (input.files[0] && !input.files[0].type.startsWith("video/")) problem.textContent = "Your browser cannot show this file. It may not be a picture.";
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "media" && input.value) { input.value = ""; choose(); }
  });

  form.addEventListener("submit", (event) => {
    if (!input.files[0] && !form.querySelector("input[name=media]:checked")) {
      event.preventDefault();
      problem.textContent = "Choose a picture first, or upload one.";
      input.focus();
      return;
    }
    const button = form.querySelector(".studio-go .button");
    button.setAttribute("aria-disabled", "true");
    button.lastChild.textContent = "Sending…";
  });
  // Coming back by the back button, the form can be sent again.
  addEventListener("pageshow", () => {
    const button = form.querySelector(".studio-go .button");
    button.removeAttribute("aria-disabled");
    button.lastChild.textContent = "Draw it";
    choose();
  });
}
