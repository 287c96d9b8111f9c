// 图形验证码: a new picture, and its sound, without leaving the page. Without this script the button submits the form,
// which comes back with what was typed, and the link opens the sound.
"use strict";

(() => {
  const box = document.querySelector('[data-captcha="box"]');
  if (!box) return;
  const part = (name) => document.querySelector(`[data-captcha="${name}"]`);
  const [token, picture, sound, status, answer] = ["token", "picture", "sound", "status", "answer"].map(part);
  let expiry;

  async function renew({ focus }) {
    try {
      const response = await fetch(box.dataset.new, { cache: "no-store" });
      const fresh = await response.json();
      if (!response.ok) {
        status.textContent = fresh.error;
        return;
      }
      token.value = fresh.token;
      picture.src = fresh.picture;
      sound.href = fresh.sound;
      answer.value = "";
      status.textContent = "已换一张图形验证码";
      renewLater(fresh.seconds);
    } catch {
      status.textContent = "没有换成，请稍后再试";
    }
    if (focus) answer.focus();
  }

  // Nobody should type the digits of a picture that is no longer good.
  function renewLater(seconds) {
    clearTimeout(expiry);
    expiry = setTimeout(() => renew({ focus: false }), (Number(seconds) - 5) * 1000);
  }

  part("renew").addEventListener("click", (event) => {
    event.preventDefault();
    renew({ focus: true });
  });

  sound.addEventListener("click", (event) => {
    event.preventDefault();
    new Audio(sound.href).play().catch(() => window.open(sound.href));
  });

  // Back to this page: the picture may have been used up by what was sent from it.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) renew({ focus: false });
  });

  renewLater(box.dataset.seconds);
})();
