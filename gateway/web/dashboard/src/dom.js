/*
 * dom.js - elements, without any HTML text
 *
 *   h('button', {class: 'go', 'data-action': 'ack', onclick: f}, 'words', node)
 *       an element.  An attribute of null or false is left out, true is empty;
 *       onNAME is a listener.  Children: nodes, texts, numbers, arrays; null
 *       and false are nothing.
 *   setText(node, text)          textContent, if it differs
 *   setAttr(node, name, value)   an attribute, if it differs; null or false
 *                                takes it away
 *   setHidden(node, is)          whether it is not shown, if that differs
 *   keyed(parent, items, keyOf, make)
 *       one child an item, in their order; make(item) gives {root, fill(item)}
 *       and is called once a key, fill each time.  What stays keeps its element,
 *       and the focus, also if it moves.
 *
 * All foreign text ends in textContent or setAttribute: nothing of it is markup.
 * Sizes of bars are set with node.style, which the content policy allows.
 */

export function setText(node, text) {
	const s = String(text);
	if (node.textContent !== s)
		node.textContent = s;
}

export function setAttr(node, name, value) {
	if (value === null || value === undefined || value === false) {
		node.removeAttribute(name);
		return;
	}
	const s = value === true ? '' : String(value);
	if (node.getAttribute(name) !== s)
		node.setAttribute(name, s);
}

export function setHidden(node, is) {
	if (node.hidden !== is)
		node.hidden = is;
}

function append(parent, child) {
	if (Array.isArray(child))
		child.forEach((c) => append(parent, c));
	else if (child !== null && child !== undefined && child !== false)
		parent.append(child.nodeType ? child : String(child));
}

export function h(tag, attrs, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(attrs || {})) {
		if (name.startsWith('on'))
			node.addEventListener(name.slice(2), value);
		else
			setAttr(node, name, value);
	}
	append(node, children);
	return node;
}

const lists = new WeakMap(); // parent -> Map(key -> part)

export function keyed(parent, items, keyOf, make) {
	const before = lists.get(parent) || new Map();
	const now = new Map();
	const focused = parent.contains(document.activeElement) ? document.activeElement : null;
	let at;

	for (const item of items)
		now.set(keyOf(item), before.get(keyOf(item)) || make(item));
	for (const [key, part] of before) {
		if (!now.has(key))
			part.root.remove();
	}
	at = parent.firstChild;
	for (const item of items) {
		const part = now.get(keyOf(item));
		part.fill(item);
		if (part.root === at)
			at = at.nextSibling;
		else
			parent.insertBefore(part.root, at);
	}
	lists.set(parent, now);
	if (focused && focused !== document.activeElement && focused.isConnected)
		focused.focus({ preventScroll: true });
}
