// What makes the pages quicker to use. Every page works without it.

const page = new DOMParser();

// A button of a post: do it, and put the post as it is then in its place.
document.addEventListener("submit", async (event) => {
  const form = event.target, button = event.submitter;
  if (!form.matches("[data-swap]") || !button?.dataset.deed) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  const post = form.closest("article");
  try {
    const answer = await fetch(button.formAction, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "X-Part": "post" },
    });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const fresh = page.parseFromString(await answer.text(), "text/html").querySelector("article");
    const opened = [...post.querySelectorAll("details.warned")].map((each) => each.open);
    fresh.querySelectorAll("details.warned").forEach((each, place) => { each.open = opened[place] ?? false; });
    fresh.classList.toggle("post-focused", post.classList.contains("post-focused"));
    post.replaceWith(fresh);
    const again = fresh.querySelector(`[data-deed="${button.dataset.deed}"]`);
    again?.setAttribute("data-fresh", "");
    again?.focus({ preventScroll: true });
  } catch {
    // The form itself says what is wrong, on a page of its own.
    form.action = button.formAction;
    form.submit();
  }
});

// Attach and remove pictures without leaving the page.
async function swapComposer(form, wish) {
  const sent = new FormData(form);
  sent.set("do", wish);
  form.ariaBusy = "true";
  say(form, "Uploading…");
  try {
    const answer = await fetch(form.action, { method: "POST", body: sent, headers: { "X-Part": "composer" } });
    const fresh = page.parseFromString(await answer.text(), "text/html").querySelector("form");
    if (!fresh) throw new Error(String(answer.status));
    // What was typed while the picture went up stays.
    fresh.elements.text.value = form.elements.text.value;
    form.replaceWith(fresh);
    prepare(fresh);
    (fresh.querySelector("[role=alert], .attached li:last-child textarea") ?? fresh.elements.text).focus();
    say(fresh, "");
  } catch {
    form.ariaBusy = "false";
    say(form, "This could not be sent. Are you online?");
  }
}

function say(form, words) {
  const line = form.querySelector(".said-live");
  if (line) line.textContent = words;
  const left = form.querySelector("[data-left]");
  if (left && words) left.textContent = words;
}

document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.type !== "file") return;
  if (!fits(input)) return;
  if (input.closest("[data-composer]") && input.files.length) swapComposer(input.form, "attach");
});

document.addEventListener("submit", (event) => {
  const form = event.target, wish = event.submitter?.value ?? "";
  if (!form.matches("[data-composer]") || !wish.startsWith("remove-")) return;
  event.preventDefault();
  swapComposer(form, wish);
});

// A file that the server would refuse for its size is refused before it is sent.
function fits(input) {
  const most = (file) =>
    Number((file.type.startsWith("video/") && input.dataset.mostClipBytes) || (input.dataset.mostBytes ?? Infinity));
  const tooLarge = [...input.files].find((file) => file.size > most(file));
  input.setCustomValidity(
    tooLarge ? `${tooLarge.name} is larger than ${Math.floor(most(tooLarge) / 1048576)} MiB.` : "",
  );
  if (tooLarge) {
    input.reportValidity();
    input.value = "";
    input.setCustomValidity("");
    return false;
  }
  return true;
}

// How many characters are left, as far as a browser can tell; the server counts for itself.
function prepare(root) {
  for (const box of root.querySelectorAll("textarea[data-most]")) {
    const left = box.form?.querySelector("[data-left]");
    if (!left) continue;
    const count = () => {
      const rest = Number(box.dataset.most) - [...box.value].length;
      left.textContent = rest < 500 ? String(rest) : "";
      left.classList.toggle("too-long", rest < 0);
    };
    box.addEventListener("input", count);
    count();
  }
}
prepare(document);

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    form.requestSubmit(form.querySelector("button[value=post]"));
  }
  if (event.key === "Escape") {
    const open = event.target.closest?.("details[open]:has(> .menu)");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  }
});

// One menu at a time, and none once something else is clicked.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details[open]:has(> .menu)")) {
    if (!open.contains(event.target)) open.open = false;
  }
  const copy = event.target.closest?.("[data-copy]");
  if (copy) {
    navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent)
      .then(() => { copy.textContent = "Copied"; });
  }
  // People named in posts are opened here, where they can be followed and answered.
  const mention = event.target.closest?.(".said a.mention[href]:not(.hashtag)");
  const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
  if (mention && isPlain && document.querySelector(".me")) {
    event.preventDefault();
    location.href = `/authorize_interaction?uri=${encodeURIComponent(mention.href)}`;
  }
});
