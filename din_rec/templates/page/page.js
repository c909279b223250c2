'use strict';
// Whatever comes from data becomes text, never HTML.

const kept = (box, name, value) => {
  try {
    if (value === undefined) return window[box].getItem(`din_rec ${name}`);
    window[box].setItem(`din_rec ${name}`, value);
  } catch { /* a browser that keeps nothing is no reason to fail */ }
};
const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');
const wide = matchMedia('(min-width: 52rem)');
if (kept('localStorage', 'theme')) root.dataset.theme = kept('localStorage', 'theme');

const $ = (id) => document.getElementById(id);
const all = (selector) => [...document.querySelectorAll(selector)];
const press = (name, value) =>
  all(`[data-${name}]`).forEach((b) => b.setAttribute('aria-pressed', b.dataset[name] === value));
const make = (tag, set = {}, ...inside) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(set)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...inside.filter((part) => part !== null));
  return made;
};
const said = (text) => make('span', { className: 'said' }, text);
const seen = (text) => make('span', { 'aria-hidden': 'true' }, text);
const put = (id, text) => Object.assign($(id), { textContent: text, hidden: !text });
const hint = (text) => make('p', { className: 'hint' }, text);
const bar = (part) => {
  const made = make('span', { className: 'bar', 'aria-hidden': 'true' });
  made.style.setProperty('--part', `${(100 * Math.min(part, 1)).toFixed(1)}%`);
  return made;
};

let texts = {};
let about = null;
let lang = 'en';
const facts = new Map(); // item → what /page/items says of it
const state = { mode: 'known', user: '', history: [], hidden: [], turned: {}, cap: '', where: '' };
const shown = { answer: null, past: null, before: null, error: '', why: null, asked: '' };

const t = (name, values = {}) => {
  const text = (values.n === 1 && texts[lang][`${name}_1`]) || texts[lang][name] || name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
};
const label = (value) => about.labels[lang][value] || value;
const column = (name) => about.columns[lang][name] || { one: name, many: name };
const signed = (x, digits) => (x < 0 ? '−' : '+') + Math.abs(x).toFixed(digits);
const largest = (reasons) => Math.max(1e-9, ...reasons.map((each) => Math.abs(each.weight)));

// What is asked

let asking = null;
const askKey = (wrong) => {
  asking ||= new Promise((done) => {
    $('key-wrong').hidden = !wrong;
    $('key').value = '';
    $('lock').showModal();
    $('lock').oncancel = (event) => event.preventDefault();
    $('key-form').onsubmit = (event) => {
      event.preventDefault();
      kept('sessionStorage', 'key', $('key').value.trim());
      $('lock').close();
      asking = null;
      done();
    };
  });
  return asking;
};

async function call(path, asked, signal) {
  const key = kept('sessionStorage', 'key');
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  if (asked) headers['Content-Type'] = 'application/json';
  const body = asked && JSON.stringify(asked);
  const answer = await fetch(path, { method: body ? 'POST' : 'GET', headers, body, signal });
  if (answer.status === 401) {
    if (key === kept('sessionStorage', 'key')) await askKey(Boolean(key));
    return call(path, asked, signal);
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const error = told.detail || `${answer.status} ${answer.statusText}`;
    const name = `refused_${answer.status}`;
    throw new Error(texts[lang][name] ? t(name, { error }) : error);
  }
  return told;
}

async function learn(items, signal) {
  const missing = items.filter((item) => !facts.has(item));
  if (!missing.length) return;
  const query = missing.map((item) => `id=${encodeURIComponent(item)}`).join('&');
  const found = await call(`/page/items?${query}`, null, signal);
  for (const row of found.items) facts.set(row.item, row);
}

const own = () => state.mode === 'own';
const ready = () => (own() ? state.history.length > 0 : state.user !== '');
const who = () => ({ lang, ...(own() ? { history: state.history } : { user: state.user }) });

function question() {
  const { variety = 0, novelty = 0, ...values } = state.turned;
  const filters = { exclude: state.hidden };
  if (state.where.trim()) filters.where = state.where.trim();
  if (state.cap) filters.max_per = { [about.knobs.column]: Number(state.cap) };
  const turned = Object.entries(values).filter(([, amount]) => amount);
  const knobs = {};
  if (turned.length)
    knobs[about.knobs.column] = Object.fromEntries(turned.map(([name, x]) => [name.slice(5), x]));
  return { ...who(), k: 10, reasons: 2, filters, knobs, shape: { variety, novelty } };
}

let flight = null;
let timer = null;
const soon = (wait) => { clearTimeout(timer); timer = setTimeout(ask, wait); };

async function ask(note = '') {
  clearTimeout(timer);
  flight?.abort();
  const mine = new AbortController();
  flight = mine;
  if (!ready()) {
    Object.assign(shown, { answer: null, before: null, error: '', asked: '' });
    return draw();
  }
  $('list').setAttribute('aria-busy', 'true');
  if (!shown.answer) put('start', t('loading'));
  const asked = own() ? 'own' : `user ${state.user}`;
  try {
    const answer = await call('/v1/recommend', question(), mine.signal);
    await learn(answer.items.map((row) => row.item), mine.signal);
    const before = shown.asked === asked ? shown.answer?.items : null;
    shown.before = before ? new Map(before.map((row) => [row.item, row.rank])) : null;
    Object.assign(shown, { answer, asked, error: '' });
  } catch (error) {
    if (flight !== mine) return undefined;
    if (shown.asked !== asked) shown.answer = null;
    shown.error = error.message;
  }
  return draw(note);
}

async function remember() {
  const { user } = state;
  const path = `/v1/users/${encodeURIComponent(user)}?last=5`;
  const found = user && (await call(path).catch(() => null));
  if (state.user !== user) return;
  shown.past = found;
  drawSide();
}

async function explain(item = shown.why?.item) {
  const why = { item };
  shown.why = why;
  if (item !== undefined && ready()) {
    try {
      why.answer = await call('/v1/explain', { ...who(), item });
    } catch (error) {
      why.error = error.message;
    }
  }
  if (shown.why === why) drawWhy();
}

// What people do

function choose(user) {
  Object.assign(state, { user, hidden: [] });
  $('user').value = user;
  window.history.replaceState(null, '', `#user=${encodeURIComponent(user)}`);
  remember();
  explain();
  return ask().then(() => { if (!wide.matches) $('list').scrollIntoView(); });
}

async function met(row) {
  if (own()) return keep('history', row);
  const [now, then] = [Math.floor(Date.now() / 1000), shown.answer.as_of];
  // A log that is still written lives in the present; one of long ago goes on where it ended.
  const time = about.event.dated && now - then < 90 * 86400 ? now : then;
  const id = `page ${then} ${row.item} ${state.user}`.slice(0, 200); // pressed twice, kept once
  const { kind, rating } = about.event;
  const event = { id, user: state.user, item: row.item, time, kind, rating };
  try {
    const told = await call('/v1/events', { events: [event] });
    await ask(t(told.waiting ? 'waiting' : 'noted', { title: row.title }));
  } catch (error) {
    shown.error = error.message;
    return draw();
  }
  explain();
  return remember();
}

function keep(list, row) {
  if (!facts.has(row.item)) facts.set(row.item, row);
  state[list] = [...state[list].filter((item) => item !== row.item), row.item];
  drawSide();
  if (list === 'history') explain();
  return ask(list === 'history' ? t('noted', { title: row.title }) : '');
}

function drop(list, item, focus) {
  state[list] = state[list].filter((other) => other !== item);
  drawSide();
  $(focus).focus();
  if (list === 'history') explain();
  return ask();
}

function turn(mode) {
  state.mode = mode;
  press('mode', mode);
  for (const name of ['known', 'own']) $(`mode-${name}`).hidden = name !== mode;
  explain();
  return ask();
}

// What is seen: the list

function reason(each, most) {
  const name = about.topics[lang][each.topic] || column(each.topic).many;
  const weight = make('span', { className: 'weight' }, signed(each.weight, 2));
  const topic = make('b', {}, name + (lang === 'zh' ? '：' : ':'));
  const text = make('p', {}, topic, lang === 'zh' ? '' : ' ', each.text);
  const className = each.weight < 0 ? 'reason minus' : 'reason';
  return make('li', { className }, bar(Math.abs(each.weight) / most), weight, text);
}

function moved(row) {
  const before = shown.before?.get(row.item);
  if (!shown.before || before === row.rank) return null;
  const n = Math.abs(before - row.rank);
  const [mark, text] = before > row.rank ? [`▲ ${n}`, 'up'] : [`▼ ${n}`, 'down'];
  const fresh = before === undefined;
  const parts = fresh ? [t('new')] : [seen(mark), said(t(text, { n }))];
  return make('span', { className: 'move' }, ...parts);
}

function act(what, row, onclick) {
  const name = t('of', { what: t(what), title: row.title });
  const set = { type: 'button', 'aria-label': name, 'data-key': `${what} ${row.item}`, onclick };
  return make('button', set, t(what));
}

function rowOf(row, most) {
  const spoken = said(t('rank', { n: row.rank }));
  const place = make('div', { className: 'place' }, seen(row.rank), spoken, moved(row));
  const cells = Object.values(facts.get(row.item)?.columns || {}).filter((values) => values.length);
  const texts = [...cells.map((values) => values.map(label).join(', ')), t(row.source)];
  const about = make('p', { className: 'facts' }, ...texts.map((text) => make('span', {}, text)));
  const percent = row.probability === null ? '–' : `${(100 * row.probability).toFixed(1)}%`;
  const number = make('b', {}, said(`${t('chance')} `), percent);
  const set = { className: 'chance', title: t('chance') };
  const why = () => explain(row.item).then(() => $('why').focus());
  const acts = [act('just', row, () => met(row)), act('hide', row, () => keep('hidden', row))];
  const reasons = row.reasons.map((each) => reason(each, most));
  return make(
    'li',
    { className: 'row', 'data-item': row.item },
    place,
    make('div', {}, make('h3', {}, row.title), about),
    make('div', set, bar(row.probability ?? 0), number),
    reasons.length ? make('ul', { className: 'reasons' }, ...reasons) : null,
    make('div', { className: 'acts' }, ...acts, act('why_this', row, why)),
  );
}

function draw(note = '') {
  const { answer, error, before } = shown;
  const rows = answer?.items || [];
  const lacks = answer?.degraded || [];
  const focus = document.activeElement?.dataset?.key;
  const at = focus ? [...$('rows').children].indexOf(document.activeElement.closest('.row')) : -1;
  const most = largest(rows.flatMap((row) => row.reasons));
  const user = shown.asked.slice(5); // of 'user 42'
  const whose = shown.asked === 'own' ? t('list_own') : t('list_of', { user });
  const fresh = before ? rows.filter((row) => !before.has(row.item)).length : 0;
  const found = answer ? [t('found', { n: rows.length })] : [];
  if (fresh) found.push(t('changed', { n: fresh }));
  $('list').setAttribute('aria-busy', 'false');
  $('list-head').textContent = answer ? whose : t('list');
  $('summary').textContent = `${note} ${found.join(lang === 'zh' ? '，' : ', ')}`.trim();
  put('wrong', error && t('failed', { error }));
  put('lacks', lacks.map((what) => t(`lacks_${what}`)).join(' '));
  put('start', rows.length || error || lacks.length ? '' : t(answer ? 'empty' : 'start'));
  put('foot', rows.length ? footOf(answer) : '');
  $('rows').replaceChildren(...rows.map((row) => rowOf(row, most)));
  drawWhy();
  if (!focus) return;
  const there = [...$('rows').querySelectorAll('[data-key]')];
  const alike = there.filter((b) => b.dataset.key.split(' ')[0] === focus.split(' ')[0]);
  const next = there.find((b) => b.dataset.key === focus) || alike[Math.min(at, alike.length - 1)];
  (next || $('list')).focus({ preventScroll: true });
}

function footOf(answer) {
  const { recall = 0, coarse = 0, fine = coarse } = answer.candidates;
  const [found, ranked] = [recall, fine].map((n) => n.toLocaleString(lang));
  const parts = [t('foot', { found, ranked, n: answer.items.length })];
  const day = () => new Date(1000 * answer.as_of).toISOString().slice(0, 10);
  if (about.event.dated) parts.push(t('as_of', { date: day() }));
  if (about.arms.length > 1) parts.push(t('arm', { name: answer.model.name }));
  return parts.join(' · ');
}

function drawWhy() {
  const box = $('answer');
  const { item, answer, error } = shown.why || {};
  if (item === undefined) return box.replaceChildren();
  if (error) return box.replaceChildren(make('div', { className: 'note bad' }, error));
  if (!answer) return box.replaceChildren(hint(ready() ? '' : t('why_start')));
  const rank = shown.answer?.items.find((row) => row.item === item)?.rank;
  const far = answer.place <= 10 ? 'top_yes' : 'funnel_yes';
  const found = answer.found_by_the_funnel ? far : 'funnel_no';
  const how = rank ? t('in_list', { n: rank }) : t(answer.may_be_listed ? found : 'barred');
  const told = answer.reasons.filter((each) => Math.abs(each.weight) >= 0.005);
  const drawn = (each) => reason(each, largest(told));
  const side = (name, some) =>
    some.length ? [make('h3', {}, t(name)), make('ul', {}, ...some.map(drawn))] : [];
  const place = t('place', { place: answer.place, of: answer.of.toLocaleString(lang) });
  return box.replaceChildren(
    make('h3', {}, answer.title),
    make('p', { className: 'verdict' }, place),
    hint(how),
    ...side('for', told.filter((each) => each.weight > 0)),
    ...side('against', told.filter((each) => each.weight < 0)),
    ...(told.length ? [] : [hint(t('nothing_said'))]),
  );
}

// What is seen: people, knobs, filters

function knob(name, text, low, high, step) {
  const id = `knob ${name}`.replace(/\s/g, '-');
  const input = make('input', { type: 'range', id, min: low, max: high, step });
  const value = seen('');
  const head = make('label', { htmlFor: id, title: text }, text);
  const row = make('div', { className: low < 0 ? 'knob both' : 'knob' }, head, input, value);
  const show = () => {
    const x = Number(input.value);
    value.textContent = x && low < 0 ? signed(x, 1) : String(x);
    input.setAttribute('aria-valuetext', value.textContent);
    row.classList.toggle('set', x !== 0);
  };
  input.value = state.turned[name] || 0;
  input.oninput = () => {
    state.turned[name] = Number(input.value);
    show();
    soon(120);
  };
  show();
  return row;
}

function drawKnobs() {
  const { knobs } = about;
  const variety = knob('variety', t('variety'), 0, 1, 0.1);
  $('shape').replaceChildren(variety, knob('novelty', t('novelty'), -2, 2, 0.5));
  $('where').value = state.where;
  $('where').placeholder = about.condition;
  $('knobs-part').hidden = $('cap-part').hidden = !knobs;
  if (!knobs) return;
  const name = column(knobs.column).one;
  const option = (value) => make('option', { value }, value || t('no_cap'));
  $('knobs-head').textContent = t('less_more', { column: name });
  $('knobs').replaceChildren(...knobs.values.map((v) => knob(`value${v}`, label(v), -2, 2, 0.5)));
  $('cap-label').textContent = t('cap', { column: name });
  $('cap').replaceChildren(...['', 1, 2, 3, 4, 5].map(option));
  $('cap').value = state.cap;
}

function chosen(list, name, focus) {
  const made = state[list].map((item) => {
    const title = facts.get(item)?.title ?? item;
    const set = { type: 'button', 'aria-label': t(name, { title }) };
    const close = make('button', { ...set, onclick: () => drop(list, item, focus) }, '×');
    return make('li', {}, make('span', {}, title), close);
  });
  $(list).replaceChildren(...made.reverse());
}

function drawSide() {
  chosen('history', 'remove', 'add');
  chosen('hidden', 'unhide', 'reset');
  $('hidden-part').hidden = !state.hidden.length;
  const rows = shown.past?.newest || [];
  $('past').hidden = !rows.length;
  $('past-list').replaceChildren(...rows.map((row) => make('li', {}, row.title)));
  press('user', state.user);
}

function drawExamples() {
  const made = about.users.map(({ user, events }) => {
    const inside = [make('b', {}, user), make('small', {}, t('events', { n: events }))];
    const set = { type: 'button', 'data-user': user, onclick: () => choose(user) };
    return make('li', {}, make('button', set, ...inside));
  });
  $('examples').replaceChildren(...made);
}

// An item is found by its title: the keys of a combobox

function finder(input, pick) {
  const box = $(`${input.id}-found`);
  let [rows, at, wait, latest] = [[], -1, null, 0];
  const close = () => {
    clearTimeout(wait);
    latest += 1;
    box.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const mark = (n) => {
    at = rows.length ? (n + rows.length) % rows.length : -1;
    [...box.children].forEach((li, i) => li.setAttribute('aria-selected', i === at));
    if (at < 0) return;
    box.children[at].scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', box.children[at].id);
  };
  const take = (row) => {
    close();
    input.value = '';
    pick(row);
  };
  const search = async () => {
    latest += 1;
    const mine = latest;
    const query = `q=${encodeURIComponent(input.value)}&limit=8`;
    const found = await call(`/page/items?${query}`).catch(() => ({ items: [] }));
    if (mine !== latest || document.activeElement !== input) return;
    rows = found.items;
    const made = rows.map((row, n) => {
      facts.set(row.item, row);
      const small = make('small', {}, Object.values(row.columns).flat().map(label).join(', '));
      const set = { role: 'option', id: `${box.id}-${n}`, onclick: () => take(row) };
      return make('li', { ...set, onpointerdown: (e) => e.preventDefault() }, row.title, small);
    });
    const none = make('li', { role: 'option', 'aria-disabled': 'true' }, t('nothing_found'));
    box.replaceChildren(...(made.length ? made : [none]));
    box.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    mark(0);
  };
  input.oninput = () => { clearTimeout(wait); wait = setTimeout(search, 100); };
  input.onblur = close;
  input.onclick = search;
  input.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && box.hidden) search();
    else if (step) mark(at + step);
    else if (event.key === 'Enter' && !box.hidden && rows[at]) take(rows[at]);
    else if (event.key === 'Escape' && !box.hidden) close();
    else return;
    event.preventDefault();
  };
}

// Language and theme; the beginning

function speak(code) {
  lang = code in texts ? code : 'en';
  root.lang = lang;
  document.title = t('title');
  for (const e of all('[data-t]')) e.textContent = t(e.dataset.t);
  for (const e of all('[data-t-label]')) e.setAttribute('aria-label', t(e.dataset.tLabel));
  press('lang', lang);
  if (about) [drawExamples, drawSide, drawKnobs].forEach((part) => part());
}

const dark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : system.matches);
const drawTheme = () => $('theme').setAttribute('aria-pressed', dark());

function listen() {
  for (const b of all('[data-mode]')) b.onclick = () => turn(b.dataset.mode);
  $('person').onsubmit = (event) => {
    event.preventDefault();
    if ($('user').value.trim()) choose($('user').value.trim());
  };
  $('where').oninput = () => { state.where = $('where').value; soon(500); };
  $('cap').onchange = () => { state.cap = $('cap').value; ask(); };
  $('reset').onclick = () => {
    Object.assign(state, { hidden: [], turned: {}, cap: '', where: '' });
    [drawKnobs, drawSide, ask].forEach((part) => part());
  };
  finder($('add'), (row) => keep('history', row));
  finder($('ask'), (row) => explain(row.item));
}

document.addEventListener('DOMContentLoaded', async () => {
  texts = JSON.parse($('words').textContent);
  $('tune').open = wide.matches;
  speak(kept('localStorage', 'lang') || root.lang);
  drawTheme();
  system.onchange = drawTheme;
  $('theme').onclick = () => {
    root.dataset.theme = dark() ? 'light' : 'dark';
    kept('localStorage', 'theme', root.dataset.theme);
    drawTheme();
  };
  for (const b of all('[data-lang]')) {
    b.onclick = () => {
      kept('localStorage', 'lang', b.dataset.lang);
      speak(b.dataset.lang);
      if (about) [explain, ask].forEach((part) => part());
    };
  }
  try {
    about = await call('/page/about');
  } catch (error) {
    shown.error = error.message;
    return draw();
  }
  listen();
  speak(lang);
  const user = new URLSearchParams(window.location.hash.slice(1)).get('user');
  return user ? choose(user) : draw();
});
