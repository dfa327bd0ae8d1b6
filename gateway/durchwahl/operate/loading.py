"""What several commands begin with."""

from pathlib import Path

from durchwahl.settings.load import load
from durchwahl.settings.resolved import Settings
from durchwahl.sources.discovery import Discovery, discover


def load_all(config: Path) -> tuple[Settings, Discovery]:
    """Return the settings and the plugins; raises `ConfigError` where there is nothing to go on with."""
    settings = load(config)
    return settings, discover_for(settings)


def discover_for(settings: Settings) -> Discovery:
    """Return all plugins, those in the config's `plugins_dir` included."""
    return discover(settings.plugins_dir)
