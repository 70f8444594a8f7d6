// The slider: shows the words of one threshold and marks its row. Without this script the whole table is there.
(() => {
  const till = document.querySelector("[data-till]");
  if (till) {
    const slider = till.querySelector("input");
    const show = () => {
      for (const panel of till.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== slider.value;
      for (const row of document.querySelectorAll("[data-row]")) {
        row.classList.toggle("shown", row.dataset.row === slider.value);
      }
      till.querySelector("output").value = slider.value;
      slider.setAttribute("aria-valuetext", `${slider.value} years`);
    };
    till.querySelector(".slider").hidden = false;
    slider.addEventListener("input", show);
    window.addEventListener("pageshow", show); // a browser that goes back keeps the slider where it was
    show();
  }

  // On paper nothing can be opened.
  const opened = [];
  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) {
      details.open = true;
      opened.push(details);
    }
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened.splice(0)) details.open = false;
  });
})();
