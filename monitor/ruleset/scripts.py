"""In which script a rule's own words are written: what a test in that script is asked for by."""

import re

_SCRIPTS = (
    ("Arabic letters", re.compile("[\u0600-\u06ff\u0750-\u077f]"), "ar, ckb or fa"),
    ("Cyrillic letters", re.compile("[\u0400-\u052f]"), "ru or uk"),
    ("Turkish or Kurdish letters", re.compile("[ğĞışŞİçÇöÖüÜêÊîÎûÛ]"), "tr or kmr"),
)


def script_of(text: str) -> str:
    """The first script other than plain Latin that a text has letters of, "" for none."""
    return next((name for name, letters, _ in _SCRIPTS if letters.search(text)), "")


def written_in(script: str) -> str:
    """The desk's languages that use a script."""
    return next((languages for name, _, languages in _SCRIPTS if name == script), "another language")
