// The page of the development server, in Chromium: by mouse, by keyboard, in light and in dark.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { chromium } from "../clients/node_modules/playwright-core/index.mjs";

const { url } = JSON.parse(process.env.STAGE);

let browser, page, asked, complaints;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
});

after(() => browser.close());

beforeEach(async () => {
  await page?.close();
  page = await browser.newPage();
  asked = [];
  complaints = [];
  page.on("request", (request) => asked.push(new URL(request.url())));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(url);
  await page.getByRole("region", { name: "Rows for Anonymous" }).waitFor();
});

const choose = (name) => page.getByRole("button", { name, exact: true }).click();
const call = () => page.getByRole("button", { name: "Call", exact: true }).click();
const answered = (name) => page.getByRole("region", { name: `Answer for ${name}` });
const rows = (name) => page.getByRole("region", { name: `Rows for ${name}` });

describe("the rows", () => {
  test("are shown as each of them sees them", async () => {
    assert.match(await rows("Alice").innerText(), /ottavino\.txt/);
    assert.match(await rows("Bob").innerText(), /No row/);
    assert.match(await rows("Anonymous").innerText(), /no privilege to read/);
  });

  test("are of the table that is chosen", async () => {
    await page.getByLabel("Table", { exact: true }).selectOption("user_profiles");
    await rows("Bob").getByText("Bob", { exact: true }).nth(1).waitFor();
    assert.doesNotMatch(await rows("Bob").innerText(), /Alice/);
  });
});

describe("a function", () => {
  test("is called as everybody, side by side", async () => {
    await choose("GET /documents");
    await call();
    await answered("Anonymous").waitFor();
    assert.match(await answered("Alice").innerText(), /200[^]*ottavino\.txt/);
    assert.match(await answered("Bob").innerText(), /200[^]*"items": \[\]/);
    assert.match(await answered("Anonymous").innerText(), /401[^]*UNAUTHORIZED_NO_AUTH_HEADER/);
  });

  test("is called as those who are ticked, with a query, a path and a body", async () => {
    await choose("POST /documents");
    await page.getByRole("checkbox", { name: "Alice" }).uncheck();
    await page.getByRole("checkbox", { name: "Anonymous" }).uncheck();
    await page.getByLabel("Body JSON").fill('{"filename": "of-bob.txt"}');
    await call();
    const text = await answered("Bob").innerText();
    assert.match(text, /201/);
    assert.equal(await page.locator("#answers > section").count(), 1);
    // The rows are what they are now.
    await rows("Bob").getByText("of-bob.txt").waitFor();
    assert.doesNotMatch(await rows("Alice").innerText(), /of-bob/);

    await choose("DELETE /documents/{document_id}");
    await page.getByLabel(/^document_id/).fill(text.match(/"id": "([^"]+)"/)[1]);
    await call();
    assert.match(await answered("Bob").innerText(), /204/);
    await choose("GET /documents");
    await page.getByLabel(/^limit/).fill("1000");
    await call();
    assert.match(await answered("Bob").innerText(), /query\.limit/);
  });

  test("shows its types, and what is sent in them", async () => {
    await choose("POST /documents");
    const types = await page.getByLabel("Types").innerText();
    assert.match(types, /file_size\?: number \(whole\) \| null/);
    assert.match(types, /answers 201, application\/json: \{\n {2}id: string \(uuid\)/);
    assert.match(types, /status: "pending" \| "processing" \| "ready" \| "failed"/);
    assert.deepEqual(JSON.parse(await page.getByLabel("Body JSON").inputValue()), { filename: "text" });
  });

  test("shows what it is answered as text, whatever stands in it", async () => {
    await choose("POST /documents");
    const odd = "<img src=x onerror=document.title=1>";
    await page.getByLabel("Body JSON").fill(JSON.stringify({ filename: odd }));
    await call();
    await rows("Bob").getByText(odd).waitFor();
    assert.equal(await page.title(), "Functions");
  });

  test("is called by keyboard alone", async () => {
    await page.getByRole("button", { name: "GET /hello", exact: true }).focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "GET /functions/v1/hello");
    for (let step = 0; step < 10; step++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement.textContent === "Call")) break;
    }
    await page.keyboard.press("Enter");
    await answered("Anonymous").waitFor();
    assert.match(await answered("Alice").innerText(), /Hello, Alice!/);
    assert.match(await answered("Anonymous").innerText(), /Hello, stranger!/);
  });
});

describe("the page", () => {
  test("asks this server alone, and raises nothing", async () => {
    await choose("GET /hello");
    await call();
    await answered("Anonymous").waitFor();
    assert.deepEqual(new Set(asked.filter((each) => each.protocol !== "data:").map((each) => each.origin)), new Set([url]));
    assert.deepEqual(complaints, []);
  });

  test("names every field, and every part that scrolls", async () => {
    await choose("PATCH /documents/{document_id}");
    await call();
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("input, select, textarea, button, [tabindex='0']")]
        .filter((each) => !(each.labels?.length || each.ariaLabel || each.innerText?.trim()))
        .map((each) => each.outerHTML));
    assert.deepEqual(nameless, []);
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`is readable where all is ${colorScheme}`, async () => {
      await page.emulateMedia({ colorScheme });
      await choose("GET /documents");
      await call();
      await answered("Anonymous").waitFor();
      const faint = await page.evaluate(() => {
        const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
        const light = (colour) => {
          const [r, g, b] = numbers(colour).map((each) => each / 255)
            .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const behind = (element) => {
          const own = getComputedStyle(element).backgroundColor;
          return numbers(own)[3] === 0 ? behind(element.parentElement) : own;
        };
        return [...document.querySelectorAll("body *")]
          .filter((each) => [...each.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
          .filter((each) => each.checkVisibility())
          .map((each) => {
            const both = [light(getComputedStyle(each).color), light(behind(each))].sort((a, b) => b - a);
            return [each.outerHTML.slice(0, 80), (both[0] + 0.05) / (both[1] + 0.05)];
          })
          .filter(([, contrast]) => contrast < 4.5);
      });
      assert.deepEqual(faint, []);
    });
  }

  test("fits a narrow window", async () => {
    await page.setViewportSize({ width: 360, height: 700 });
    await choose("GET /documents");
    await call();
    await answered("Anonymous").waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  });
});
