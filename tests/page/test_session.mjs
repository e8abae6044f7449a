import assert from 'node:assert';
import { nextOf } from '../../gateway/web/dashboard/src/pages/login.js';
import { isRefused, mayAct, mayLogIn } from '../../gateway/web/dashboard/src/session.js';
import { test } from './help.mjs';

const me = (role, user, login) => ({ role, user, name: user, login });

/* who, whether he may act, could log in, may not even look */
const PEOPLE = [
	['nobody on loopback, where there are users', me('viewer', null, true), false, true, false],
	['nobody on loopback, where there are none', me('viewer', null, false), false, false, false],
	['nobody beyond loopback', me(null, null, true), false, true, true],
	['a viewer', me('viewer', 'look', true), false, false, false],
	['the duty', me('duty', 'wang', true), true, false, false],
	['an engineer', me('engineer', 'li', true), true, false, false],
	['the bureau', me('bureau', 'city', true), false, false, true],
	['a role that the page does not know', me('root', 'x', true), false, false, true],
	['somebody yet unknown', null, false, false, false],
];
for (const [who, person, act, login, refused] of PEOPLE)
	test(`${who}: ${act ? 'may act' : 'may not act'}`, () => assert.deepStrictEqual([mayAct(person), mayLogIn(person), isRefused(person)], [act, login, refused]));

const WAYS = [['?next=%2Fwall', '/wall'], ['?next=/wall%3Flang%3Den', '/wall?lang=en'], ['', '/'], ['?next=//evil.example', '/'], ['?next=%5C%5Cevil', '/'],
	['?next=/%5Cevil.example', '/'], ['?next=https://evil.example', '/'], ['?next=javascript:alert(1)', '/'], ['?next=/%09/evil.example', '/'], ['?next=%0A//evil', '/'], ['?next=/.//evil.example', '/'], ['?next=http://%5B', '/']];
for (const [search, path] of WAYS)
	test(`after the login ${search || 'nothing'} leads to ${path}`, () => assert.strictEqual(nextOf(search), path));
