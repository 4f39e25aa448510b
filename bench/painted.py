"""How soon an agent sees it: from the click to the painted page, in a real Chromium, on a desk of any size."""

import os
import statistics
from collections.abc import Callable, Iterator

from playwright.sync_api import Page, sync_playwright

from bench.accept import free_port
from bench.desk import BenchDesk
from bench.fan_out import web
from bench.figures import Figure
from tests.browser import find_chromium, launch

AIM = 250  # milliseconds
BARE = "data:text/html,<p>nothing to wait for</p>"
FIRST_PAINT = "() => new Promise(done => new PerformanceObserver(seen => done(seen.getEntries()[0].startTime)).observe({type: 'paint', buffered: true}))"
OPEN_A_TICKET = """number => new Promise(done => {
    const row = document.querySelectorAll('#rows a.row')[number], wanted = row.dataset.ticket, began = performance.now();
    const is_there = () => document.querySelector(`article.talk[data-ticket="${wanted}"]`);
    new MutationObserver((_, watch) => {
        if (!is_there()) return;
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
    }).observe(document.body, {childList: true, subtree: true, attributes: true});
    row.click();
})"""


def painted(desk: BenchDesk) -> Iterator[Figure]:
    """List, opening a ticket from it, and search. The yardstick is a page with nothing in it."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    env = {**os.environ, **desk.env, "HTTP_PORT": str(port), "BASE_URL": base}
    with web(env, port), sync_playwright() as playwright:
        browser = launch(playwright, find_chromium(playwright))
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "postroom_access", "value": desk.token, "url": base}])
        page = context.new_page()
        bare = statistics.median(first_paint(page, BARE) for _ in range(10))
        rows = iter(range(desk.requests * 2))
        acts: dict[str, Callable[[], float]] = {
            "list painted": lambda: first_paint(page, f"{base}/inbox/open/"),
            "ticket painted": lambda: page.evaluate(OPEN_A_TICKET, next(rows) % 40),
            "search painted": lambda: first_paint(page, f"{base}/search/?q={desk.rng.choice(desk.rare)}"),
        }
        for what, act in acts.items():
            act()
            times = sorted(act() for _ in range(min(desk.requests, 30)))
            yield Figure(desk.messages, what, "ms", times[int(len(times) * 0.95)], statistics.median(times), bare, "an empty page", AIM)
        browser.close()


def first_paint(page: Page, address: str) -> float:
    page.goto(address)
    return float(page.evaluate(FIRST_PAINT))
