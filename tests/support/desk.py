"""Desks for tests, written to a folder as a person would."""

from pathlib import Path
from textwrap import dedent, indent

GAZETTEER = """
    languages: [en, tr]
    entities:
      turkey:
        kind: state
        aliases:
          name: {en: [Turkey, Türkiye], tr: [Türkiye]}
          adj: {en: [Turkish], tr: [Türk]}
          metonym: {en: [Ankara]}
      russia:
        kind: state
        aliases:
          name: {en: [Russia], tr: [Rusya]}
          adj: {en: [Russian], tr: [Rus]}
          metonym: {en: [Moscow]}
      kobani: {kind: place, aliases: {name: {en: [Kobani, Ain al-Arab], tr: [Kobani]}}}
      manbij: {kind: place, aliases: {name: {en: [Manbij], tr: [Münbiç]}}}
"""

LEXICON = """
    topics:
      patrol: {en: [patrol, patrolling], tr: [devriye*]}
      joint: {en: [joint, together], tr: [ortak]}
    phases:
      begin: {en: [begin*, began, start*], tr: [başla*]}
      resume: {en: [resum*, restart*], tr: [yeniden başla*]}
      suspend: {en: [suspend*, halt*, pause*], tr: [askıya al*]}
      cancel: {en: [cancel*, call* off], tr: [iptal*]}
      complete: {en: [complet*, end*], tr: [tamamla*]}
    modality:
      negated: {en: ["no", not, "won't", never], tr: [değil], tr_re: 'm[ae]d[iı](?:lar|ler)?$'}
      denied: {en: [denied, denies], tr: [yalanla*]}
      possible: {en: [may, could], tr: [olası]}
"""

PATROL_RULE = """
    rules:
    - id: joint-patrol
      title: Turkey-Russia joint patrol
      owner: syria-desk
      severity: high
      match: $turkey and $russia and ($topic.joint near/8 $topic.patrol)
      notes: Check whose statement it is.
      tests:
      - {text: "Turkey and Russia resume joint patrols", expect: match}
      - {text: "Turkey and Russia sign a gas deal", expect: no-match}
      - {text: "Turkey and Russia could go on joint patrol", expect: digest}
"""

TERMINAL = """
    receivers:
      terminal: {type: terminal}
"""


# The servers of tests are on loopback, which a desk has to allow; they need no pause between two requests, and what
# they show first shall ring.
NEAR = 'polling: {allow: [127.0.0.0/8, "::1"], gap: 0s, baseline: false}\n'


def write_desk(
    folder: Path, feeds: dict[str, str], *, rules: str = PATROL_RULE, config: str = TERMINAL, every: str = "1s"
) -> Path:
    """A desk with these feeds by id, on this machine unless the configuration has a section for polling; the folder."""
    listed = "".join(
        f"- {{id: {name}, url: '{url}', title: '{name}', every: {every}}}\n" for name, url in feeds.items()
    )
    files = {
        "feeds.yaml": "feeds:\n" + indent(listed, "  "),
        "gazetteer/desk.yaml": dedent(GAZETTEER),
        "lexicon/desk.yaml": dedent(LEXICON),
        "watch/rules.yaml": dedent(rules),
        "wirewatch.yaml": dedent(config) + ("" if "polling:" in config else f"\n{NEAR}"),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
