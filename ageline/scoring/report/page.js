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
      const panel = till.querySelector("[data-panel]:not([hidden])");
      till.querySelector("output").value = `${slider.value} years`;
      slider.setAttribute("aria-valuetext", panel.dataset.spoken); // all that a listener is told: nothing else is live
    };
    till.querySelector(".slider").hidden = false;
    slider.addEventListener("input", show);
    window.addEventListener("pageshow", show); // a browser that goes back keeps the slider where it was
    show();
  }

  // The keyboard stops only at what there is to scroll.
  const scrolled = document.querySelectorAll(".drawing, .scroll");
  const stop = () => {
    for (const each of scrolled) each.tabIndex = each.scrollWidth > each.clientWidth ? 0 : -1;
  };
  window.addEventListener("resize", stop);
  document.addEventListener("toggle", stop, true); // of details, which do not bubble
  stop();

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
