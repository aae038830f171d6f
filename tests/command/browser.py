"""Headless Chromium for tests of the report, and what it saw of a page."""

import base64
import contextlib
import json
import os
import pathlib
import re
import shutil
import tempfile

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
SCREENSHOTS = pathlib.Path(os.environ.get("COVEY_BUILD", tempfile.gettempdir())) / "screenshots"

needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="Chromium or its driver is not installed (tools/setup --tests)")

# By a pipe and not by a socket of localhost: a bare machine may have no /etc/hosts to find it in.
FLAGS = ["--remote-debugging-pipe", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--hide-scrollbars", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage"]


def driver_service():
    """chromedriver by this machine's address, for the same reason."""
    from selenium.webdriver import ChromeService
    from selenium.webdriver.common import utils

    class Service(ChromeService):
        service_url = property(lambda self: f"http://127.0.0.1:{self.port}")

        def is_connectable(self):
            return utils.is_connectable(self.port, "127.0.0.1")

    return Service(DRIVER)


class Browser:
    def __init__(self, javascript=True):
        from selenium import webdriver
        options = webdriver.ChromeOptions()
        self.profile = tempfile.mkdtemp()
        for flag in [*FLAGS, f"--user-data-dir={self.profile}"]:
            options.add_argument(flag)
        options.binary_location = CHROMIUM
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        if not javascript:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        self.javascript = javascript
        self.driver = webdriver.Chrome(options=options, service=driver_service())
        self.driver.set_script_timeout(30)

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def cdp(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    def open(self, file, width=1200, dark=False):
        self.driver.get("about:blank")
        self.logs("browser")
        self.logs("performance")
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1, mobile=False)
        self.cdp("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.driver.get(pathlib.Path(file).resolve().as_uri())
        if self.javascript:
            self.wait("document.documentElement.dataset.ready === 'true'")

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition):
        from selenium.webdriver.support.ui import WebDriverWait
        WebDriverWait(self.driver, 30).until(lambda driver: driver.execute_script("return " + condition))

    def logs(self, kind):
        return self.driver.get_log(kind)

    def complaints(self):
        """What the page wrote to the console, its policy's refusals among it."""
        return [entry["message"] for entry in self.logs("browser")]

    def requests(self):
        """URLs asked for since the page was opened, but for those that hold their data."""
        events = [json.loads(entry["message"])["message"] for entry in self.logs("performance")]
        urls = [event["params"]["request"]["url"] for event in events
                if event["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith(("data:", "blob:", "about:"))]

    def pdf_pages(self):
        pdf = base64.b64decode(self.cdp("Page.printToPDF", printBackground=True)["data"])
        return len(re.findall(rb"/Type\s*/Page\b", pdf)), pdf

    def picture(self, name, selector=None):
        """Keeps a picture of the page, or of an element, among the build's artefacts."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        box = [0, 0, size["width"], min(size["height"], 16_000)]
        if selector:
            box = self.run("const b = document.querySelector(arguments[0]).getBoundingClientRect();"
                           "return [b.x, b.y + scrollY, b.width, b.height];", selector)
        self.save(SCREENSHOTS / f"{name}.png", **dict(zip(("x", "y", "width", "height"), box)))

    def save(self, file, **clip):
        """A part of the page, in its pixels, as a PNG file."""
        shot = self.cdp("Page.captureScreenshot", clip={**clip, "scale": 1}, captureBeyondViewport=True)
        pathlib.Path(file).write_bytes(base64.b64decode(shot["data"]))


@contextlib.contextmanager
def opened(**options):
    browser = Browser(**options)
    try:
        yield browser
    finally:
        browser.close()
