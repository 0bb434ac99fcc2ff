// A drawing: progress as it comes, then the slider between photo and drawing.

const OPEN = ["queued", "running"];

function watch(section) {
  const events = new EventSource(`/studio/runs/${section.dataset.run}/events`);
  events.addEventListener("message", async (message) => {
    const now = JSON.parse(message.data);
    if (OPEN.includes(now.state)) {
      const percent = Math.round(now.progress * 100);
      const words = section.querySelector("[data-words]");
      if (words.textContent !== now.words) words.textContent = now.words;
      section.querySelector("progress").value = percent;
      section.querySelector("[data-percent]").textContent = `${percent} %`;
      section.querySelector("[data-turn]").textContent = now.turn;
      return;
    }
    events.close();
    try {
      const answer = await fetch(location.href);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      section.replaceWith(fresh.querySelector(".run"));
      document.title = fresh.title;
      document.querySelector(".run h1").focus();
      compare(document.querySelector("[data-compare]"));
    } catch {
      location.reload();
    }
  });
}

function compare(box) {
  if (!box) return;
  const range = box.querySelector("input");
  const cut = () => {
    box.style.setProperty("--cut", `${range.value}%`);
    range.setAttribute("aria-valuetext", `${range.value} percent photo`);
  };
  range.hidden = false;
  box.classList.add("compare-live");
  range.addEventListener("input", cut);
  cut();
}

const section = document.querySelector("[data-run]");
if (OPEN.includes(section?.dataset.state)) watch(section);
compare(document.querySelector("[data-compare]"));
