"use strict";
// Mails of older versions link to "#builders/linux/builds/7": the build's page has another address now.
(() => {
  const old = /^#\/?builders\/([^/?]+)(?:\/builds\/(\d+))?(?:[/?].*)?$/.exec(location.hash);
  const home = document.querySelector("a.home");
  if (!old || !home) return;
  let name = old[1];
  try { name = decodeURIComponent(name); } catch { /* a bare % stands for itself */ }
  location.replace(home.getAttribute("href") + "b/" + encodeURIComponent(name) + (old[2] ? "/" + old[2] : ""));
})();
