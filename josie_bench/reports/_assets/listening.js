// Each item's sounds and its line know where the other is: the line shows what plays, and a click on it moves all sounds.
for (const line of document.querySelectorAll(".when")) {
  const sounds = [...line.closest("article").querySelectorAll("audio")];
  const now = line.querySelector(".now"), seconds = Number(line.dataset.seconds);
  const begin = (sound) => Number(sound.dataset.begin);
  const show = (at) => { now.hidden = false; now.style.left = `${100 * at / seconds}%`; };
  const follow = () => {
    const playing = sounds.find((sound) => !sound.paused);
    if (!playing) return;
    show(begin(playing) + playing.currentTime);
    requestAnimationFrame(follow);
  };
  for (const sound of sounds) sound.addEventListener("play", follow);
  line.addEventListener("click", (event) => {
    const at = (event.clientX - line.getBoundingClientRect().left) / line.clientWidth * seconds;
    show(at);
    for (const sound of sounds) sound.currentTime = Math.max(0, at - begin(sound));
  });
  for (const button of line.closest("article").querySelectorAll("button")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const answer = button.parentElement.querySelector("audio"), pair = [sounds[0], answer];
      for (const sound of sounds) { sound.pause(); sound.currentTime = 0; }
      const first = Math.min(...pair.map(begin));
      for (const sound of pair) setTimeout(() => sound.play(), 1000 * (begin(sound) - first));
    });
  }
}
