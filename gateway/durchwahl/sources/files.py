"""Paths inside the configuration's folder."""

from pathlib import Path

from durchwahl.errors import Invalid


class ConfigFiles:
    """Gives a source the files that lie in the configuration's folder, and no others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def path(self, name: str) -> Path:
        """Return the absolute path, links resolved; the file need not exist.

        Raises:
            Invalid: the name is empty, no path, or leaves the folder by `..`, as an absolute path or by a
                link.
        """
        try:
            path = (self._folder / name).resolve()
        except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a zero byte
            raise Invalid("A file name cannot be used.", detail=f"{name!r}: {error}") from error
        if not name or not path.is_relative_to(self._folder):
            raise Invalid("A file lies outside the configuration's folder.", detail=f"{name!r} is {path}")
        return path
