"""The guide of scitypes shows what its code prints, to the letter: it depends on no computer."""

import re
import shutil
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
SHOWN = re.compile(r"^```python\n(.*?)^```\n+(?:```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)


def test_the_guide_shows_to_the_letter_what_its_code_prints(tmp_path, monkeypatch, capsys):
    shutil.copy(DOCS / "data" / "messy.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    shown = SHOWN.findall((DOCS / "scitypes_guide.md").read_text(encoding="utf-8"))
    assert len(shown) > 10
    for code, output in shown:
        exec(compile(code, "scitypes_guide.md", "exec"), namespace)
        assert capsys.readouterr().out == output
