"""Uses the page at /docs: issues a token, and creates a booking by the form of its route."""

import asyncio
import sys

from browser import Browser

ROUTE = "[...document.querySelectorAll('details')].find(e => e.querySelector('summary').innerText.startsWith('POST/bookings'))"


async def main(address):
    async with Browser() as browser:
        await browser.open(address + "/docs")
        await browser.until("document.querySelectorAll('details').length > 20")
        # Descriptions are Markdown: their code is an element, and no mark is left.
        await browser.until("document.querySelectorAll('td code, p code').length > 10")
        print("raw marks" if await browser.run("/`|\\*\\*/.test(document.querySelector('#body').innerText)") else "rendered")
        await browser.click("#issue button")
        await browser.until("document.querySelector('#token').value")
        print("issued")
        await browser.run("[...document.querySelectorAll('summary')].find(e => /^POST\\s*\\/bookings(?![/])/.test(e.textContent))"
                          ".parentElement.id = 'create'")
        await browser.click("#create summary")
        await browser.until("document.querySelector('#create form')")
        await browser.click("#create form button")
        print("tried:", await browser.until("document.querySelector('#create .result b')?.textContent"))
        print(f"errors: {browser.errors}")


asyncio.run(main(sys.argv[1]))
