/* Live progress of a job: polls every second, less often in a hidden tab or without a connection. */
const EVERY = 1000;
const SLOWEST = 15000;

function percentOf(job) {
  return [`${job.percent} %`, job.left, job.tries].filter(Boolean).join(", ");
}

function draw(section, job) {
  const steps = section.querySelector("[data-job-steps]");
  steps.replaceChildren(
    ...job.steps.map((step) => {
      const item = document.createElement("li");
      item.textContent = step.label;
      if (step.standing === "done") item.className = "done";
      if (step.standing === "now") item.setAttribute("aria-current", "step");
      return item;
    }),
  );
  const words = section.querySelector("[data-job-words]");
  // Only a change is written, because screen readers read a live region again after each write.
  if (words.textContent !== job.words) words.textContent = job.words;
  section.querySelector("[data-job-bar]").value = job.percent;
  section.querySelector("[data-job-percent]").textContent = percentOf(job);
}

async function follow(section, _, all) {
  let wait = EVERY;
  for (;;) {
    await new Promise((done) => setTimeout(done, document.hidden ? SLOWEST : wait));
    try {
      const answer = await fetch(section.dataset.job, { headers: { Accept: "application/json" } });
      if (answer.status === 404 || answer.status === 401) return location.reload();
      if (!answer.ok) throw new Error(answer.statusText);
      const job = await answer.json();
      wait = job.state === "waiting" && all.length > 5 ? 10 * EVERY : EVERY;
      if (!job.busy) return job.state;
      draw(section, job);
    } catch {
      wait = Math.min(wait * 2, SLOWEST);
    }
  }
}

async function start() {
  const frame = document.querySelector("[data-jobs]");
  const sections = [...document.querySelectorAll("[data-job]")];
  const busy = sections.filter((s) => ["waiting", "working"].includes(s.dataset.jobState));
  if (!busy.length) return;
  const all = busy.map(follow);
  if (!frame?.dataset.whenReady) return Promise.race(all).then(() => location.reload());
  const ends = await Promise.all(all);
  const ready = ends.every((state) => state === "ready");
  const others = sections.filter((s) => !busy.includes(s)).every((s) => s.dataset.jobState === "ready");
  if (ready && others) location.replace(frame.dataset.whenReady);
  else location.reload();
}

start();
