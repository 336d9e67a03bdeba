// Keeps the page up to date. The server sends the fragments that changed as
// JSON, by the id of the element that they fill. Without this script the page
// shows the same, as of when it was loaded.
(() => {
  "use strict";
  const root = document.documentElement;
  const connection = document.getElementById("connection");
  const waiting = new Map();

  const show = (state) => {
    root.dataset.connection = state;
    const text = connection.dataset[state];
    if (connection.textContent !== text) connection.textContent = text;
  };

  // Nobody loses a focus, a half-filled form or a selection to an update.
  const inUse = (element) => {
    const selection = getSelection();
    return element.contains(document.activeElement) ||
      (!selection.isCollapsed && element.contains(selection.anchorNode));
  };

  const apply = () => {
    for (const [id, html] of waiting) {
      const element = document.getElementById(id);
      if (element && inUse(element)) continue;
      waiting.delete(id);
      if (element) element.innerHTML = html;
    }
  };

  let source = null;

  const connect = () => {
    source = new EventSource(document.body.dataset.stream);
    source.onopen = () => show("live");
    source.onmessage = (event) => {
      for (const [id, html] of Object.entries(JSON.parse(event.data))) waiting.set(id, html);
      apply();
    };
    source.onerror = (event) => {
      show("lost");
      // The browser tries again by itself, except after an answer that is not a
      // stream: a proxy's, or one for readers whose session has ended.
      if (event.target.readyState !== EventSource.CLOSED) return;
      setTimeout(() => { disconnect(); follow(); }, 5000);
      fetch(location.href).then((page) => { if ([401, 403].includes(page.status)) location.reload(); }, () => {});
    };
  };

  const disconnect = () => {
    if (source) source.close();
    source = null;
  };

  // A browser keeps few connections to one server: pages in the background give
  // theirs back, except for the one that people watch by its title.
  const follow = () => {
    if (document.hidden && !("watch" in document.body.dataset)) disconnect();
    else if (!source) connect();
  };

  const chooseTheme = (event) => {
    event.preventDefault();
    const theme = event.submitter.value;
    root.dataset.theme = theme;
    for (const button of event.target.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button === event.submitter));
    }
    fetch(event.target.action, { method: "POST", body: new URLSearchParams({ theme }) });
  };

  document.getElementById("theme").addEventListener("submit", chooseTheme);
  if (document.body.dataset.stream) {
    document.addEventListener("visibilitychange", follow);
    addEventListener("pagehide", disconnect);
    addEventListener("pageshow", follow);
    follow();
  }
})();
