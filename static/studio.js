// The studio's form: the picture that was chosen, in every style and with every move of a slider.

const form = document.querySelector("[data-studio]");

const WAIT_MS = 160, AGAIN_MS = 1200;
// As much of a picture as a preview needs; the whole of it goes up when it is drawn.
const LONGEST = 1280;

async function shrink(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
  } catch {
    return file;
  }
}

class Studio {
  constructor() {
    this.input = form.elements.picture;
    this.preview = form.querySelector(".frame-preview");
    this.problem = form.querySelector(".frames-problem");
    this.frame = form.querySelector(".frame-upload");
    this.stage = form.querySelector("[data-stage]");
    this.photo = this.stage.querySelector(".stage-photo");
    this.drawing = this.stage.querySelector(".stage-drawing");
    this.words = this.stage.querySelector(".stage-words");
    this.small = null;
    this.stage.hidden = false;
    form.querySelector("[data-preview]").hidden = true;
    this.compare();
    form.addEventListener("change", (event) => this.changed(event.target));
    form.addEventListener("input", (event) => {
      if (event.target.type === "range") this.soon();
    });
    this.preview.addEventListener("error", () => {
      this.preview.hidden = true;
      if (this.input.files[0] && !this.isClip()) this.problem.textContent = "Your browser cannot show this file. It may not be a picture.";
    });
    form.addEventListener("submit", (event) => this.send(event));
    // Coming back by the back button, the form can be sent again.
    addEventListener("pageshow", () => this.ready());
  }

  ready() {
    const button = form.querySelector(".studio-go .button-seal");
    button.removeAttribute("aria-disabled");
    button.lastChild.textContent = "Draw it";
    if (this.input.files[0]) this.upload();
    else if (this.picked()) this.pick();
  }

  changed(target) {
    if (target === this.input) this.upload();
    else if (target.name === "media") {
      if (this.input.value) { this.input.value = ""; this.upload(); }
      this.pick();
    } else if (target.name === "size" || target.name === "crop") { this.stale = true; this.soon(); }
    else if (target.type !== "range" && target.name !== "alt") this.soon();
  }

  picked() { return form.querySelector("input[name=media]:checked"); }

  isClip() { return this.input.files[0]?.type.startsWith("video/"); }

  upload() {
    const file = this.input.files[0];
    this.frame.classList.toggle("chosen", Boolean(file));
    this.preview.hidden = !file;
    this.small = null;
    if (this.preview.src) URL.revokeObjectURL(this.preview.src);
    if (!file) { this.preview.removeAttribute("src"); return; }
    this.problem.textContent = "";
    this.preview.src = URL.createObjectURL(file);
    for (const each of form.querySelectorAll("input[name=media]")) each.checked = false;
    if (this.isClip()) return;
    this.show(this.preview.src);
  }

  pick() {
    const picture = this.picked()?.closest(".frame").querySelector("img");
    if (!picture) return;
    this.problem.textContent = "";
    this.show(picture.src);
  }

  show(source) {
    this.photo.src = source;
    this.photo.hidden = false;
    this.drawing.hidden = true;
    this.stage.classList.add("stage-full");
    this.stale = true;
    this.soon(0);
  }

  soon(wait = WAIT_MS) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw(), wait);
  }

  async draw() {
    if (!this.input.files[0] && !this.picked()) return;
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const all = this.stale;
    this.stage.ariaBusy = "true";
    if (all) for (const card of form.querySelectorAll(".style")) card.classList.add("waiting");
    try {
      const [one] = await this.ask("", asking);
      this.put(one);
      if (!all) return;
      for (const each of await this.ask("all", asking)) this.card(each);
      this.stale = false;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.words.textContent = error.message || "This could not be drawn.";
      for (const card of form.querySelectorAll(".style")) card.classList.remove("waiting");
    } finally {
      if (this.asking === asking) this.stage.ariaBusy = "false";
    }
  }

  async ask(of, asking) {
    const body = new FormData(form);
    body.delete("picture");
    body.delete("alt");
    body.set("of", of);
    const file = this.input.files[0];
    if (file) body.set("picture", (this.small ??= await shrink(file)), "picture.jpg");
    const answer = await fetch("/studio/preview", {
      method: "POST", body, headers: { "X-Part": "previews" }, signal: asking.signal,
    });
    if (answer.status === 429) this.soon(AGAIN_MS);
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Error("");
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error);
    return told.previews;
  }

  put(found) {
    if (found.error) throw new Error(found.error);
    const title = form.querySelector("input[name=style]:checked").dataset.title;
    this.drawing.src = found.url;
    this.drawing.alt = `Your picture in the style ${title}`;
    this.drawing.hidden = false;
    this.words.textContent = `A preview in ${title}`;
  }

  card(found) {
    const card = form.querySelector(`.style[data-style="${CSS.escape(found.style)}"]`);
    card?.classList.remove("waiting");
    if (!card || found.error) return;
    const picture = card.querySelector(".style-picture img");
    picture.src = found.url;
    picture.alt = "Your picture in this style";
    picture.classList.add("style-own");
  }

  compare() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button stage-compare";
    button.textContent = "Show the photo";
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      const is = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(is));
      this.stage.classList.toggle("stage-before", is);
    });
    this.stage.querySelector(".stage-frame").append(button);
  }

  send(event) {
    if (!this.input.files[0] && !this.picked()) {
      event.preventDefault();
      this.problem.textContent = "Choose a picture first, or upload one.";
      this.input.focus();
      return;
    }
    this.asking?.abort();
    const button = form.querySelector(".studio-go .button-seal");
    button.setAttribute("aria-disabled", "true");
    button.lastChild.textContent = "Sending…";
  }
}

if (form) new Studio();
