"""A headless Chromium that is driven by the DevTools protocol."""

import asyncio
import base64
import json
import re
import shutil
import tempfile
import time

import aiohttp


class Browser:
    """One tab. `errors` has what the console reported: exceptions, failed requests, refusals of the security policy."""

    async def __aenter__(self):
        self.errors, self._answers, self._number = [], {}, 0
        self._folder = tempfile.mkdtemp(prefix="bookings-chromium-")
        self._process = await asyncio.create_subprocess_exec(
            "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--remote-debugging-port=0", f"--user-data-dir={self._folder}", "about:blank",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
        async for line in self._process.stderr:
            if found := re.search(rb"ws://([\d.:]+)/", line):
                break
        else:
            raise RuntimeError("Chromium did not start.")
        self._session = aiohttp.ClientSession()
        async with self._session.get(f"http://{found[1].decode()}/json/list") as response:
            pages = [target for target in await response.json() if target["type"] == "page"]
        self._socket = await self._session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=1 << 26)
        self._reader = asyncio.create_task(self._read())
        for domain in ["Page", "Runtime", "Log"]:
            await self.send(f"{domain}.enable")
        return self

    async def __aexit__(self, *_):
        self._reader.cancel()
        await self._session.close()
        self._process.kill()
        await self._process.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _read(self):
        async for message in self._socket:
            message = json.loads(message.data)
            if "id" in message:
                self._answers.pop(message["id"]).set_result(message)
            elif message["method"] == "Runtime.exceptionThrown":
                self.errors.append(json.dumps(message["params"]["exceptionDetails"]))
            elif message["method"] == "Runtime.consoleAPICalled" and message["params"]["type"] == "error":
                self.errors.append(json.dumps(message["params"]["args"]))
            elif message["method"] == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
                self.errors.append(json.dumps(message["params"]["entry"]))

    async def send(self, method, **parameters):
        """Sends a command; returns its result."""
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        message = await asyncio.wait_for(answer, 60)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    async def open(self, url):
        await self.send("Page.navigate", url=url)
        # A document that is still empty is complete as well.
        await self.until(f"location.href === {json.dumps(url)} && document.readyState === 'complete' && !!document.title")

    async def run(self, script):
        """Evaluates an expression in the page; returns its value."""
        result = await self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    async def until(self, script, seconds=60):
        """Waits until an expression is true, which an element is not; returns its value."""
        end = asyncio.get_running_loop().time() + seconds
        while not (value := await self.run(script)):
            if asyncio.get_running_loop().time() > end:
                text = await self.run("document.body.innerText")
                raise RuntimeError(f"never true: {script}; errors: {self.errors}; the page:\n{text}")
            await asyncio.sleep(0.05)
        return value

    async def place(self, selector):
        """Returns the middle of an element, which is scrolled into view."""
        name = json.dumps(selector)
        return await self.run(
            f"(() => {{ const e = document.querySelector({name}); e.scrollIntoView({{block: 'center'}});"
            "const r = e.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2]; })()")

    async def mouse(self, kind, x, y):
        """Sends an event of the mouse: mousePressed, mouseMoved or mouseReleased."""
        await self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1,
                        buttons=0 if kind == "mouseReleased" else 1)

    async def click(self, selector):
        x, y = await self.place(selector)
        await self.mouse("mousePressed", x, y)
        await self.mouse("mouseReleased", x, y)

    async def key(self, name, shift=False, text=""):
        """Presses a key. `text` is what it would insert, without which Enter does not press a button."""
        for kind in ["keyDown", "keyUp"]:
            await self.send("Input.dispatchKeyEvent", type=kind, key=name, code=name, modifiers=8 if shift else 0,
                            text=text if kind == "keyDown" else "")

    async def fill(self, selector, value):
        """Sets the value of an input, as a user does who types it."""
        await self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.value = {json.dumps(value)};"
            "for (const name of ['input', 'change']) e.dispatchEvent(new Event(name, {bubbles: true})); })()")

    async def screenshot(self, path, width=1280, height=900, is_dark=False, is_mobile=False):
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}]
        await self.send("Emulation.setEmulatedMedia", features=scheme)
        await self.send("Emulation.setDeviceMetricsOverride", width=width, height=height,
                        deviceScaleFactor=1, mobile=is_mobile)
        shot = await self.send("Page.captureScreenshot", captureBeyondViewport=False)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))


async def set_start(browser, selector, minutes):
    """Sets an input of the type datetime-local to some minutes from now, in the time zone of the browser."""
    instant = int((time.time() + minutes * 60) * 1000)
    value = f"(d => new Date(d - d.getTimezoneOffset() * 60000).toISOString().slice(0, 16))(new Date({instant}))"
    await browser.fill(selector, await browser.run(value))
