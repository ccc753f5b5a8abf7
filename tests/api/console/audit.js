// Looks at a page as an inspector of accessibility would; gives a list of what is wrong with it, in words.
() => {
  const wrong = [];
  const name = (each) => `${each.tagName.toLowerCase()}${each.id ? `#${each.id}` : ""} "${(each.textContent || "").trim().slice(0, 40)}"`;
  const shown = (each) => each.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const all = (selector) => [...document.querySelectorAll(selector)];
  const accessible = (each) => {
    const by = (each.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean).map((id) => document.getElementById(id)?.textContent || "");
    const labels = [...(each.labels || [])].map((label) => label.textContent);
    return [each.getAttribute("aria-label") || "", ...by, ...labels, each.getAttribute("alt") || "", each.tagName === "INPUT" ? "" : each.textContent].join("").trim();
  };

  if (!document.documentElement.lang) wrong.push("the page does not say its language");
  if (!document.title.trim()) wrong.push("the page has no title");
  if (all("main").length !== 1) wrong.push("there must be one main part");
  const outside = all("body > *").filter((each) => shown(each) && each.textContent.trim() && !each.matches("header, main, footer, nav, a.skip, dialog, noscript"));
  for (const each of outside) wrong.push(`${name(each)} is in no landmark`);
  const names = all("nav").map((each) => each.getAttribute("aria-label"));
  if (names.some((each) => !each) || new Set(names).size !== names.length) wrong.push(`navigations need different names: ${names}`);
  const first = all("a[href], button, input, select, textarea, summary").find(shown);
  if (!first || !first.matches("a.skip")) wrong.push("the first thing one comes to must be the way past the menu");

  const dialog = document.querySelector("dialog[open]"); // while one is open there is nothing else
  const headings = [...(dialog || document).querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(shown);
  if (headings.filter((each) => each.tagName === "H1").length !== 1) wrong.push("there must be one first heading");
  headings.reduce((before, each) => {
    const level = Number(each.tagName[1]);
    if (level > before + 1) wrong.push(`${name(each)} leaves out a level of headings`);
    return level;
  }, 0);

  const seen = new Map();
  for (const each of all("[id]")) {
    if (seen.has(each.id)) wrong.push(`the id ${each.id} is there twice`);
    seen.set(each.id, each);
  }
  for (const attribute of ["aria-describedby", "aria-labelledby", "aria-controls", "for", "list"]) {
    for (const each of all(`[${attribute}]`)) {
      for (const id of each.getAttribute(attribute).split(/\s+/)) if (!seen.has(id)) wrong.push(`${name(each)}: ${attribute} names ${id || "nothing"}, which is not there`);
    }
  }
  for (const each of all("input:not([type=hidden]), select, textarea")) if (!accessible(each)) wrong.push(`${name(each)} ${each.name} has no label`);
  for (const each of all("button, a[href], summary, meter, dialog[open], [role=group], [role=search]")) if (!accessible(each)) wrong.push(`${name(each)} has no name`);
  for (const each of all("img")) if (!each.hasAttribute("alt")) wrong.push("an image without words");
  for (const each of all("svg")) if (each.getAttribute("aria-hidden") !== "true") wrong.push("a drawing that is read out");
  for (const each of all("[tabindex]")) if (each.tabIndex > 0) wrong.push(`${name(each)} changes the order of the tab key`);
  for (const table of all("table")) {
    if (!table.caption?.textContent.trim()) wrong.push("a table without a caption");
    for (const cell of table.querySelectorAll("thead th")) if (!cell.textContent.trim() || cell.scope !== "col") wrong.push("a column without a heading");
    for (const row of table.querySelectorAll("tbody tr")) {
      if (row.querySelectorAll("th[scope=row]").length !== 1) wrong.push(`${name(row)} has no heading`);
      if (table.tHead && row.cells.length !== table.tHead.rows[0].cells.length) wrong.push(`${name(row)} has other columns than the table`);
    }
    for (const each of table.querySelectorAll("table, tr, th, td, thead, tbody")) if (!each.getAttribute("role")) wrong.push(`${name(each)} loses its meaning as a card`);
  }
  for (const list of all("ol, ul")) if ([...list.children].some((each) => each.tagName !== "LI")) wrong.push(`${name(list)} holds what is no item`);
  for (const each of all("a a, a button, button a, button button, label label")) wrong.push(`${name(each)} is inside another of its kind`);

  // Contrast (WCAG 2.2, 1.4.3) of every text with what is behind it.
  const channel = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const parse = (text) => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = (front, back) => [0, 1, 2].map((at) => front[at] * front[3] + back[at] * (1 - front[3])).concat(1);
  const behind = (each) => {
    const layers = [];
    for (let at = each; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((back, front) => over(front, back), [255, 255, 255, 1]);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const each = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !shown(each) || each.closest("option, optgroup, noscript, :disabled, .hidden, script, style")) continue;
    const style = getComputedStyle(each), back = behind(each);
    const [one, other] = [light(over(parse(style.color), back)), light(back)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) wrong.push(`${name(each)} has a contrast of ${ratio.toFixed(2)}: ${style.color} on ${back}`);
  }
  const wide = document.documentElement.scrollWidth;
  const widest = all("main *").filter((each) => each.getBoundingClientRect().right > innerWidth).slice(0, 3).map(name);
  if (wide > innerWidth) wrong.push(`the page is ${wide} px wide in a window of ${innerWidth}: ${widest}`);
  return wrong;
}
