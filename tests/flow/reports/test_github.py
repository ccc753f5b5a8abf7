from engine.flow.document import Place
from engine.flow.finding import Finding
from engine.flow.reports.github import github_annotations


def test_each_severity_has_its_command():
    findings = [Finding(Place("a.yaml", 3, 7), each, "some-rule", "wrong") for each in ("error", "warning", "info")]
    assert github_annotations(findings).splitlines() == [
        f"::{command} file=a.yaml,line=3,col=7,title=some-rule::wrong" for command in ("error", "warning", "notice")
    ]


def test_texts_cannot_become_commands():
    finding = Finding(Place("a,b:c%.yaml", 0, 0), "error", "r", "100 %\n::stop-commands::x\r")
    assert github_annotations([finding]) == (
        "::error file=a%2Cb%3Ac%25.yaml,line=1,col=1,title=r::100 %25%0A::stop-commands::x%0D\n"
    )
