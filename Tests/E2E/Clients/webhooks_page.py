"""Uses the webhooks of the page at / as a provider does, and prints what succeeded."""

import asyncio
import sys

import aiohttp
from aiohttp import web
from browser import Browser, set_start

PROVIDER = "11111111-1111-4111-8111-111111111111"
ROW, STATE = "document.querySelector('#endpoints li[data-state]')", "[data-action=state]"


async def start_receiver(received):
    """Starts a receiver that takes everything; returns it with its port."""
    async def take(request):
        received.append((await request.json())["name"])
        return web.Response(status=204)

    application = web.Application()
    application.router.add_post("/hook", take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, site._server.sockets[0].getsockname()[1]


async def add_webhook(address, url):
    async with aiohttp.ClientSession(address) as client:
        async with client.post("/auth/token", json={"sub": PROVIDER, "roles": ["provider"]}) as response:
            token = (await response.json())["access_token"]
        body, headers = {"url": url, "provider_id": PROVIDER}, {"Authorization": f"Bearer {token}"}
        async with client.post("/webhooks", json=body, headers=headers) as response:
            assert response.status == 201, await response.text()


async def book(browser, minutes):
    await set_start(browser, "#start", minutes)
    await browser.click("#book button")


async def main(address):
    received = []
    runner, port = await start_receiver(received)
    async with Browser() as browser:
        await browser.open(address + "/")
        assert await browser.run("document.querySelector('#webhooks').hidden")
        await browser.click("#sign button")
        await browser.until("document.querySelector('#state').dataset.state === 'live'")
        await add_webhook(address, f"http://127.0.0.1:{port}/hook")
        await browser.click("#webhooks-refresh")
        await browser.until(f"{ROW}?.textContent.includes('active, up to date, no success yet')")
        print("shown")

        await book(browser, 60)
        await browser.click("#endpoints .link")
        await browser.until("document.querySelector('#attempts li[data-outcome=succeeded]')?.textContent"
                            ".startsWith('booking.createddelivered, status 204')")
        print("delivered")

        await browser.click("#endpoints [data-action=test]")
        await browser.until("document.querySelector('#message').textContent.startsWith('The test was answered with 204')")
        print("tested")

        await browser.run(f"document.querySelector('#endpoints {STATE}').focus()")
        await browser.key("Enter", text="\r")
        await browser.until(f"{ROW}.dataset.state === 'paused' && document.activeElement.textContent === 'Resume'")
        print("paused by keys")

        await book(browser, 120)
        await browser.until(f"/^paused, .* behind, last success /.test({ROW}.querySelector('small').textContent)")
        print("behind")

        await browser.click(f"#endpoints {STATE}")
        await browser.until(f"{ROW}.textContent.includes('active, up to date')")
        assert received == ["booking.created", "ping", "booking.created"], received
        print("resumed")

        await browser.click("#sign-out")
        await browser.until("document.querySelector('#webhooks').hidden")
        print("hidden")
        print(f"errors: {browser.errors}")
    await runner.cleanup()


asyncio.run(main(sys.argv[1]))
