// Drives one Chromium for browser.py: a command is a line of JSON on stdin, its answer one on stdout. Ends with stdin.
"use strict";
const readline = require("node:readline");
const [modules, executable] = process.argv.slice(2);
const { chromium } = require(modules + "/playwright-core");
const axe = require("node:fs").readFileSync(modules + "/axe-core/axe.min.js", "utf8");

const patience = 60_000; // milliseconds, as waiting.PATIENCE
const contexts = new Map(); // by name
const tabs = new Map(); // by name: {page, wrong, loaded, loading}

function watch(page) {
  const tab = { page, wrong: [], loaded: [], loading: new Set() };
  page.on("pageerror", (error) => tab.wrong.push("script: " + error.message));
  page.on("dialog", (dialog) => {
    tab.wrong.push("dialog: " + dialog.message());
    dialog.dismiss().catch((error) => tab.wrong.push(String(error)));
  });
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) tab.wrong.push("policy: " + message.text());
  });
  page.on("request", (request) => {
    if (request.resourceType() !== "eventsource") tab.loading.add(request); // a stream does not end
  });
  page.on("requestfailed", (request) => tab.loading.delete(request));
  page.on("requestfinished", (request) => {
    weighed(request)
      .then((one) => tab.loaded.push(one))
      .catch((error) => {
        if (!page.isClosed()) tab.wrong.push("loading: " + error.message); // what a closed tab weighed, nobody asks
      })
      .finally(() => tab.loading.delete(request));
  });
  return tab;
}

async function weighed(request) {
  const answer = await request.response();
  const sizes = await request.sizes();
  const bytes = sizes.responseBodySize + sizes.responseHeadersSize;
  return { url: request.url(), status: answer.status(), bytes, kind: request.resourceType() };
}

// Until there() is true, or to the end of the patience: then it throws what `wrong` says.
async function until(there, milliseconds, wrong) {
  const end = Date.now() + milliseconds;
  while (!(await there())) {
    if (Date.now() > end) throw new Error(await wrong());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
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
    const wrong = async () => "it is not true; the page: " + (await page.innerText("body")).slice(0, 2000);
    await until(() => evaluated(page, code), milliseconds, wrong);
  },
  press: ({ tab, key }) => tabs.get(tab).page.keyboard.press(key),
  type: ({ tab, text }) => tabs.get(tab).page.keyboard.type(text),
  click: ({ tab, selector }) => tabs.get(tab).page.click(selector),
  fill: ({ tab, selector, text }) => tabs.get(tab).page.fill(selector, text),
  choose: ({ tab, selector, value }) => tabs.get(tab).page.selectOption(selector, value),
  cookies: ({ context }) => contexts.get(context).cookies(),
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
  // What a page shows may be there before the browser has said that it is all loaded.
  async loaded({ tab }) {
    const { loaded, loading } = tabs.get(tab);
    const wrong = () => "still loading: " + [...loading].map((request) => request.url()).join(" ");
    await until(() => loading.size === 0, patience, wrong);
    return loaded;
  },
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
