/* Since when nothing urgent happened, from a journal of our own. */
import assert from 'node:assert';
import { quietSince, watchQuiet } from '../../gateway/web/dashboard/src/quiet.js';
import { NOW, stage, test } from './help.mjs';

const settle = () => new Promise((done) => setImmediate(done));
const urgent = (ts) => ({ events: [{ severity: 'P3', ts: ts + 5 }, { severity: 'P1', ts }], next: null });
const alarm = { device: 'lift-1', alarm: 'entrapment', state: 'UNACK', active: true, severity: 'P1', since: NOW };
const answers = []; // each is given when the test wants it
globalThis.fetch = () => new Promise((give) => answers.push((journal) => give({ ok: true, json: () => Promise.resolve(journal) })));

const { store, draw } = stage([]);
async function turn() {
	await settle();
	draw();
	draw();
}
const says = (sentence, since, open) => test(sentence, () => assert.deepStrictEqual([quietSince(store), answers.length], [since, open]));

watchQuiet(store);
store.takePoints({ full: true });
store.setLink('live', 'connection', 0);
await turn();
says('the journal is asked once', null, 1);
answers.shift()(urgent(NOW - 9000));
await turn();
says('its last urgent alarm tells since when it is quiet', NOW - 9000, 0);
store.takeAlarms({ full: true, alarms: [alarm] });
await turn();
says('with an urgent one that is over', null, 0);
store.takeAlarms({ full: true, alarms: [] });
await turn();
says('after it the journal is asked anew, and nothing is told meanwhile', null, 1);
store.takeAlarms({ full: true, alarms: [alarm] });
await turn();
answers.shift()(urgent(NOW - 9000));
await turn();
says('an answer to what was asked before it is not believed', null, 0);
store.takeAlarms({ full: true, alarms: [] });
await turn();
answers.shift()(urgent(NOW - 1000));
await turn();
says('and then it is quiet since that one', NOW - 1000, 0);
store.setLink('dead', 'connection', 40000);
await turn();
store.setLink('live', 'connection', 0);
await turn();
says('who did not hear the gateway does not know what happened meanwhile', null, 1);
