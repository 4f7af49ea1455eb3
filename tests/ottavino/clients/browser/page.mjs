// A page in Chromium, of another origin than the functions: what it may read is what counts.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const SUPABASE = new URL("../node_modules/@supabase/supabase-js/dist/umd/supabase.js", import.meta.url);

// Nothing but the test is to be asked for, and nothing of the machine is to be needed.
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// Opens the page. What `close` has to end is all that this started.
export async function open() {
  const server = createServer((request, response) => {
    const [type, content] =
      request.url === "/supabase.js"
        ? ["text/javascript", readFileSync(SUPABASE)]
        : ["text/html", '<!doctype html><script src="/supabase.js"></script>'];
    response.writeHead(200, { "content-type": type }).end(content);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  // A new profile each time, in headless mode: that is what it does by itself.
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ARGUMENTS,
  });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const preflights = await watch(page);
  return {
    browser,
    page,
    preflights,
    async close() {
      await browser.close();
      server.close();
    },
  };
}

// The answers to the preflights of a page, as they come.
async function watch(page) {
  const preflights = [];
  const session = await page.context().newCDPSession(page);
  session.on("Network.responseReceived", ({ type, response }) => {
    if (type === "Preflight") preflights.push(response);
  });
  await session.send("Network.enable");
  return preflights;
}
