"""Debian's Chromium, with a fresh profile and nothing that it would ask of others by itself."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, async_playwright

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def chromium(profile: Path) -> AsyncIterator[BrowserContext]:
    """A running browser; the test is skipped where there is none."""
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("chromium is not installed: make test installs it where root can")
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile, executable_path=executable, headless=True, args=FLAGS
        )
        yield context
        await context.close()
