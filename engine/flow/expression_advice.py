"""What to tell an author whose expression cannot be read: people bring the notation of other languages."""

import ast

_NAMES = {
    ast.Lambda: "a lambda",
    ast.ListComp: "a loop",
    ast.SetComp: "a loop",
    ast.DictComp: "a loop",
    ast.GeneratorExp: "a loop",
    ast.JoinedStr: "an f'...' text",
    ast.Pow: '"**"',
    ast.NamedExpr: '":="',
    ast.Set: "a set; write a list [ ]: { }",
    ast.Starred: '"*"',
    ast.BitOr: '"|" (write "or")',
    ast.BitAnd: '"&" (write "and")',
    ast.BitXor: '"^"',
    ast.LShift: '"<<"',
    ast.RShift: '">>"',
    ast.MatMult: '"@"',
}


def name_of(node: ast.AST) -> str:
    return _NAMES.get(type(node), "this")


def syntax_advice(text: str, column: int, error: SyntaxError) -> tuple[str, int]:
    """What is wrong, in words of this notation, and where (counted from 0); `column` is where the parser gave up."""
    bare = _without_texts(text)
    for wrong, right in (("&&", "and"), ("||", "or")):
        if wrong in bare:
            return f'write "{right}" instead of "{wrong}"', bare.index(wrong)
    marked = bare.replace("!=", "  ").replace("==", "  ").replace("<=", "  ").replace(">=", "  ")
    for sign, advice in _SIGNS.items():
        if sign in marked:
            return advice, marked.index(sign)
    before = bare[: max(column, 0)].rstrip()
    if before.endswith("."):
        return "this name is a word of the notation; write x['name'] instead of x.name", column
    return (error.msg or "invalid syntax").split(". Perhaps")[0].replace("f-string: ", ""), column


_SIGNS = {
    "!": 'write "not" instead of "!"',
    "=": 'write "==" to compare; "=" cannot be used in an expression',
    "?": 'write "a if condition else b" instead of "condition ? a : b"',
    "$": "the expression is already inside ${ }; write the name alone",
}
"""Signs of other languages, in the order in which they are looked for."""


def _without_texts(text: str) -> str:
    """The text with the inside of its quoted parts blanked."""
    kept, quote = [], ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
            kept.append(" ")
        else:
            quote = character if character in "'\"" else ""
            kept.append(character)
    return "".join(kept)
