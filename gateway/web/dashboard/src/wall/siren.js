/*
 * siren.js - two tones, every five seconds, for as long as it is on
 *
 *   makeSiren(onChange) -> {set(on), isAllowed(), allow()}
 *       set        on or off; what is on already goes on in its rhythm
 *       isAllowed  whether a tone would be heard.  A browser wants a click first,
 *                  unless it runs with --autoplay-policy=no-user-gesture-required
 *       allow      to be called from that click
 *       onChange   is called when isAllowed() changes
 */
const EVERY_MS = 5000;
const TONES_HZ = [880, 660];
const TONE_S = 0.4;
const EDGE_S = 0.02; // without a slope it clicks
const LOUD = 0.5;

function sound(audio, hz, at) {
	const tone = audio.createOscillator();
	const gain = audio.createGain();

	tone.type = 'triangle';
	tone.frequency.value = hz;
	gain.gain.setValueAtTime(0, at);
	gain.gain.linearRampToValueAtTime(LOUD, at + EDGE_S);
	gain.gain.setValueAtTime(LOUD, at + TONE_S - EDGE_S);
	gain.gain.linearRampToValueAtTime(0, at + TONE_S);
	tone.connect(gain).connect(audio.destination);
	tone.start(at);
	tone.stop(at + TONE_S);
}

export function makeSiren(onChange) {
	const Audio = window.AudioContext || window.webkitAudioContext;
	const audio = Audio ? new Audio() : null;
	let timer = 0;

	const isAllowed = () => audio !== null && audio.state === 'running';

	function play() {
		if (isAllowed())
			TONES_HZ.forEach((hz, i) => sound(audio, hz, audio.currentTime + i * TONE_S));
	}

	if (audio)
		audio.onstatechange = onChange;
	return {
		isAllowed,
		allow() {
			if (audio)
				audio.resume().then(() => timer && play(), () => {});
		},
		set(on) {
			if (on && !timer) {
				timer = setInterval(play, EVERY_MS);
				play();
			} else if (!on && timer) {
				clearInterval(timer);
				timer = 0;
			}
		},
	};
}
