// Several drawings: the page is asked for again while some are open, and what changed is put in place.

const EVERY = 2000;

async function look() {
  const section = document.querySelector("[data-batch]");
  if (section?.dataset.open !== "yes") return;
  try {
    const answer = await fetch(location.href);
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    take(section, page);
  } catch {
    // The server may be starting anew; the next look will tell.
  }
  setTimeout(look, EVERY);
}

function take(section, page) {
  const fresh = page.querySelector("[data-batch]");
  if (!fresh) return;
  document.title = page.title;
  if (fresh.dataset.open !== "yes") {
    section.replaceWith(fresh);
    fresh.querySelector("h1").focus();
    return;
  }
  // One by one: a link that has the focus keeps it unless its own drawing changed.
  const before = section.querySelectorAll(".batch-runs > li");
  fresh.querySelectorAll(".batch-runs > li").forEach((now, place) => {
    if (before[place].innerHTML !== now.innerHTML) before[place].innerHTML = now.innerHTML;
  });
  for (const part of ["h1", "[data-words]"]) {
    const [old, now] = [section.querySelector(part), fresh.querySelector(part)];
    if (old.textContent !== now.textContent) old.textContent = now.textContent;
  }
}

setTimeout(look, EVERY);
