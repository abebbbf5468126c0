"""Uses the page at / as a provider does, and prints what succeeded."""

import asyncio
import sys

from browser import Browser, set_start

BLOCKS = "document.querySelectorAll('.block')"


def logged(event):
    return f"!!document.querySelector('#events li[data-event=\"booking.{event}\"]')"


async def main(address):
    async with Browser() as browser:
        await browser.open(address + "/")
        await browser.click("#sign button")
        await browser.until("document.querySelector('#state').dataset.state === 'live'")
        print("live")

        # With leads of an hour and of five minutes, the first reminder comes with the confirmation, the other later.
        await set_start(browser, "#start", 30)
        await browser.fill("#minutes", "20")
        await browser.fill("#customer", "<b>Ann</b>")
        await browser.click("#book button")
        await browser.until(f"{logged('created')} && {BLOCKS}.length === 1")
        await browser.until("document.querySelector('.block').textContent.includes('pending, <b>Ann</b>')")
        print("booked")

        await browser.click(".block button")
        await browser.until("!document.querySelector('#details').hidden")
        await browser.click("#actions [data-action=confirm]")
        await browser.until(f"{logged('confirmed')} && document.querySelector('.block').dataset.status === 'confirmed'")
        print("confirmed")

        await browser.until(logged("reminder"))
        await browser.until(
            "/^reminded at ..:.., reminder in 2.:..$/.test(document.querySelector('#upcoming .count')?.textContent)")
        print("reminded")

        start = "document.querySelector('.block').style.getPropertyValue('--start')"
        before = float(await browser.run(start))
        await browser.run("document.querySelector('.block button').focus()")
        await browser.key("ArrowDown", shift=True)
        await browser.until(f"{logged('rescheduled')} && {start} == {before + 15}")
        print("moved by keys")

        x, y = await browser.place(".block button")
        await browser.mouse("mousePressed", x, y)
        for step in range(1, 5):
            await browser.mouse("mouseMoved", x, y + step * 10)
        await browser.mouse("mouseReleased", x, y + 40)
        await browser.until(f"{start} == {before + 60}")
        await browser.until("document.querySelectorAll('#events li[data-event=\"booking.rescheduled\"]').length === 2")
        print("moved by the mouse")

        await browser.click("#actions [data-action=cancel]")
        await browser.until(f"{logged('cancelled')} && {BLOCKS}.length === 0")
        await browser.until("document.querySelector('#upcoming').textContent === 'None.'")
        print("cancelled")
        print(f"errors: {browser.errors}")


asyncio.run(main(sys.argv[1]))
