#!/usr/bin/python3
"""The browser page in a real headless Chromium: place an order, see it confirmed.

    page_test.py PROGRAM [--screenshot FILE]

Starts PROGRAM serve on free ports with a new data folder, drives the page, and looks at what the
API says of the same order. Exit status 0 when everything held; 77 where Chromium is absent.
"""
import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select, WebDriverWait
except ImportError:
    print("SKIP: python3-selenium is not installed")
    sys.exit(77)

WAIT_SECONDS = 40


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_engine(program, folder, http_port, ws_port):
    environment = dict(os.environ, XDG_CONFIG_HOME=os.path.join(folder, "config"))
    engine = subprocess.Popen(
        [program, "serve", "--data-dir", os.path.join(folder, "data"), "--http-port", str(http_port),
         "--ws-port", str(ws_port), "--redis", "none"],
        stdout=subprocess.PIPE, text=True, env=environment)
    for line in engine.stdout:
        if line.startswith("Page"):
            return engine
    raise AssertionError(f"the engine ended with {engine.wait()}")


def start_browser(folder):
    options = Options()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
                     "--no-first-run", "--disable-background-networking",
                     "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
                     "--window-size=1280,960", f"--user-data-dir={folder}/chromium"):
        options.add_argument(argument)
    options.binary_location = shutil.which("chromium")
    return webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)


def api(http_port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{http_port}{path}", timeout=20) as answer:
        return json.load(answer)


def choose(browser, identifier, symbol):
    select = Select(browser.find_element(By.ID, identifier))
    select.select_by_visible_text(symbol)


def place_order(browser, wait):
    """Sells 2.5 SOL for USDC as a person would; returns the order's id."""
    wait.until(lambda b: len(b.find_elements(By.CSS_SELECTOR, "#base option")) > 1)
    choose(browser, "base", "SOL")
    choose(browser, "quote", "USDC")
    browser.find_element(By.ID, "side-sell").click()
    amount = browser.find_element(By.ID, "amount")
    amount.clear()
    amount.send_keys("2.5")
    button = browser.find_element(By.ID, "submit")
    wait.until(lambda b: button.is_enabled() and "2.5" in button.text)
    wait.until(lambda b: b.find_elements(By.CSS_SELECTOR, "#book tbody tr, #book .level, #book li"))
    button.click()
    row = wait.until(lambda b: b.find_element(By.CSS_SELECTOR, "#orders tbody tr[data-order-id]"))
    return row.get_attribute("data-order-id")


def check_bad_amount(browser, wait):
    """A wrong amount is named on the page and makes no order."""
    before = len(browser.find_elements(By.CSS_SELECTOR, "#orders tbody tr[data-order-id]"))
    amount = browser.find_element(By.ID, "amount")
    amount.clear()
    amount.send_keys("1.0000000001")
    button = browser.find_element(By.ID, "submit")
    if button.is_enabled():
        button.click()
    wait.until(lambda b: b.find_element(By.ID, "ticket-error").text.strip())
    after = len(browser.find_elements(By.CSS_SELECTOR, "#orders tbody tr[data-order-id]"))
    assert before == after, "a bad amount made an order"


def check_page(browser, http_port):
    wait = WebDriverWait(browser, WAIT_SECONDS, poll_frequency=0.1)
    browser.get(f"http://localhost:{http_port}/")
    assert "SIMULATED" in wait.until(
        lambda b: b.find_element(By.TAG_NAME, "body").text
        if "SIMULATED" in b.find_element(By.TAG_NAME, "body").text else None)
    order_id = place_order(browser, wait)
    confirmed = f'#orders tbody tr[data-order-id="{order_id}"][data-status="confirmed"]'
    wait.until(lambda b: b.find_elements(By.CSS_SELECTOR, confirmed))
    wait.until(lambda b: b.find_elements(By.CSS_SELECTOR, "#fills tbody tr"))

    order = api(http_port, f"/api/orders/{order_id}")
    assert order["status"] == "confirmed", order
    assert order["amountInRaw"] == "2500000000", order
    assert order["fills"], order
    statuses = [event["status"] for event in order["events"]]
    assert statuses == ["pending", "routing", "building", "submitted", "confirmed"], statuses
    check_bad_amount(browser, wait)
    severe = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not severe, severe


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--screenshot")
    arguments = parser.parse_args()
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        print("SKIP: chromium or chromedriver is not installed")
        return 77
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        http_port, ws_port = free_port(), free_port()
        engine = start_engine(arguments.program, folder, http_port, ws_port)
        try:
            browser = start_browser(folder)
            try:
                check_page(browser, http_port)
                if arguments.screenshot:
                    amount = browser.find_element(By.ID, "amount")
                    amount.clear()
                    amount.send_keys("10")
                    time.sleep(2)  # for the picture only: two slots of live data
                    browser.save_screenshot(arguments.screenshot)
            finally:
                browser.quit()
        finally:
            engine.terminate()
            status = engine.wait(timeout=WAIT_SECONDS)
        assert status == 0, f"the engine ended with {status}"
    print("placed an order on the page and saw it confirmed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
