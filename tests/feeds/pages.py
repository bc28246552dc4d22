"""Article pages of our own, in four languages, and the walls that come in their place."""

from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parents[1] / "data" / "articles"
LANGUAGES = ("en", "tr", "ar", "ru")


@dataclass(frozen=True, kw_only=True)
class ArticlePage:
    """A page, its headline, and what a reader would call the article."""

    html: str
    title: str
    text: str
    boilerplate: tuple[str, ...]

    def bytes(self, encoding: str = "utf-8", declared: str = "") -> bytes:
        """The page in an encoding, as which its meta element declares it, or another."""
        return self.html.replace("charset=utf-8", f"charset={declared or encoding}").replace(
            'charset="utf-8"', f'charset="{declared or encoding}"'
        ).encode(encoding)  # fmt: skip


def article_page(language: str) -> ArticlePage:
    """The page in a language."""
    folder = DATA / language
    read = {name: (folder / f"{name}.txt").read_text("utf-8").strip() for name in ("title", "text", "boilerplate")}
    html = (folder / "page.html").read_text("utf-8")
    return ArticlePage(html=html, title=read["title"], text=read["text"],
                       boilerplate=tuple(read["boilerplate"].splitlines()))  # fmt: skip


def wall(name: str) -> bytes:
    """A page in an article's place: consent, paywall or challenge."""
    return (DATA / "walls" / f"{name}.html").read_bytes()
