// Drives one Chromium for browser.py: a command is a line of JSON on stdin, its answer one on stdout. Ends with stdin.
"use strict";
const readline = require("node:readline");
const [modules, executable] = process.argv.slice(2);
const { chromium } = require(modules + "/playwright-core");
const axe = require("node:fs").readFileSync(modules + "/axe-core/axe.min.js", "utf8");

const patience = 60_000; // milliseconds, as waiting.PATIENCE
const contexts = new Map(); // by name
const tabs = new Map(); // by name: {page, wrong, loaded}

function watch(page) {
  const tab = { page, wrong: [], loaded: [] };
  page.on("pageerror", (error) => tab.wrong.push("script: " + error.message));
  page.on("dialog", (dialog) => {
    tab.wrong.push("dialog: " + dialog.message());
    dialog.dismiss().catch((error) => tab.wrong.push(String(error)));
  });
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) tab.wrong.push("policy: " + message.text());
  });
  page.on("requestfinished", async (request) => {
    const answer = await request.response();
    const sizes = await request.sizes();
    const bytes = sizes.responseBodySize + sizes.responseHeadersSize;
    tab.loaded.push({ url: request.url(), status: answer.status(), bytes, kind: request.resourceType() });
  });
  return tab;
}

async function evaluated(page, code) {
  try {
    return await page.evaluate(code);
  } catch (error) {
    if (/navigat|context was destroyed/i.test(error.message)) return false; // it goes to another page just now
    throw error;
  }
}

const commands = {
  // A profile of its own: width, height, scheme ("light", "dark"), script (true), scale, locks (true).
  async context({ context, width, height, scheme, script, scale, locks }) {
    const made = await browser.newContext({
      viewport: { width: width || 1280, height: height || 800 },
      colorScheme: scheme || "light",
      javaScriptEnabled: script !== false,
      deviceScaleFactor: scale || 1,
      locale: "en-GB",
    });
    made.setDefaultTimeout(patience);
    if (locks === false)
      await made.addInitScript("Object.defineProperty(Navigator.prototype, 'locks', {value: undefined})");
    contexts.set(context, made);
  },
  async tab({ context, tab, clock }) {
    const page = await contexts.get(context).newPage();
    if (clock) await page.clock.install();
    tabs.set(tab, watch(page));
  },
  async goto({ tab, url }) {
    const answer = await tabs.get(tab).page.goto(url, { waitUntil: "load" });
    return answer ? answer.status() : null;
  },
  evaluate: ({ tab, code }) => tabs.get(tab).page.evaluate(code),
  async wait({ tab, code, milliseconds }) {
    // waitForFunction() would need eval(), which the page's policy forbids.
    const { page } = tabs.get(tab);
    const end = Date.now() + milliseconds;
    while (!(await evaluated(page, code))) {
      if (Date.now() > end) throw new Error("it is not true; the page: " + (await page.innerText("body")).slice(0, 2000));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
  press: ({ tab, key }) => tabs.get(tab).page.keyboard.press(key),
  type: ({ tab, text }) => tabs.get(tab).page.keyboard.type(text),
  click: ({ tab, selector }) => tabs.get(tab).page.click(selector),
  forward: ({ tab, milliseconds }) => tabs.get(tab).page.clock.fastForward(milliseconds),
  async screenshot({ tab, path }) {
    await tabs.get(tab).page.screenshot({ path, fullPage: true });
  },
  async axe({ tab }) {
    const { page } = tabs.get(tab);
    await page.evaluate(axe);
    const found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})");
    const violations = found.violations.map((one) => ({
      rule: one.id,
      help: one.help,
      nodes: one.nodes.map((node) => node.html.slice(0, 200) + " " + (node.failureSummary || "")),
    }));
    return { violations, passed: found.passes.length };
  },
  // What went wrong since the tab is there.
  wrong: ({ tab }) => tabs.get(tab).wrong,
  loaded: ({ tab }) => tabs.get(tab).loaded,
  async close({ tab }) {
    await tabs.get(tab).page.close();
    tabs.delete(tab);
  },
};

let browser = null;

async function main() {
  const server = await chromium.launchServer({
    executablePath: executable,
    args: ["--no-sandbox"],
    headless: true,
    timeout: patience,
  });
  browser = await chromium.connect(server.wsEndpoint());
  console.log(JSON.stringify({ pid: server.process().pid }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    let answer = null;
    try {
      answer = { value: (await commands[asked.do](asked)) ?? null };
    } catch (error) {
      answer = { error: error.message };
    }
    console.log(JSON.stringify(answer));
  }
  await server.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
