import pytest

from tests.flow.author import assert_clean, assert_found

HANDLED = "no_input: {then: hangup}, invalid: {then: hangup}"
HEAD = "vars: {pin: {type: digits, secret: true}, number: {type: digits}}\n"
USE = (
    '    - http: {url: "https://x.example", json: {pin: "${vars.pin}", n: "${vars.number}"}}\n'
    "      on_error: {any: hangup}\n"
)


def flow(*steps, head=HEAD):
    body = "".join(f"    - {step}\n" for step in steps)
    pin = "" if "store: pin" in body or "store: §pin" in body else "    - set: {pin: '1'}\n"
    number = "" if "store: number" in body else "    - set: {number: '1'}\n"
    return f"flow: main\n{head}blocks:\n  a:\n    - answer:\n{pin}{number}{USE}{body}    - hangup:\n"


def test_secret_not_masked():
    found = assert_found("secret-not-masked", flow(f"collect: {{prompt: x, store: §pin, {HANDLED}}}"))
    assert found.message == "pin is secret: add mask: true"
    assert_clean("secret-not-masked", flow(f"collect: {{prompt: x, store: pin, mask: true, {HANDLED}}}"))
    session = flow(f"collect: {{prompt: x, store: §session.pin, {HANDLED}}}", 'log: "${session.x}"')
    settings = "session: {pin: {type: digits, secret: true}, x: {default: 1}}\n"
    assert_found("secret-not-masked", session, project=settings.replace("x: {default: 1}", "x: {}"))


@pytest.mark.parametrize(
    "step",
    [
        'log: "the pin is ${§vars.pin}"',
        'event: {name: x, fields: {pin: "${§vars.pin}"}}',
        'tag: {pin: "${§vars.pin}"}',
        'tag: {all: "${json(§vars)}"}',
        'http: {url: "https://x.example", path: "/${§vars.pin}"}\n      on_error: {any: hangup}',
        'http: {url: "https://x.example", query: {pin: "${§vars.pin}"}}\n      on_error: {any: hangup}',
    ],
)
def test_secret_in_url_or_log(step):
    assert_found("secret-in-url-or-log", flow(step))
    assert_clean("secret-in-url-or-log", flow(step.replace("§vars.pin", "vars.number").replace("json(§vars)", "1")))


def test_caller_input_in_dial_string():
    collect = f"collect: {{prompt: x, store: number, {HANDLED}%s}}"
    transfer = 'transfer: {to: "gateway/x/${%svars.number}", failed: hangup}'

    def text(check, mark):
        return (
            f"flow: main\n{HEAD}blocks:\n  a:\n    - answer:\n    - set: {{pin: '1'}}\n    - {collect % check}\n"
            f"{USE}    - {transfer % mark}\n"
        )

    assert_found("caller-input-in-dial-string", text("", "§"))
    assert_clean("caller-input-in-dial-string", text(', pattern: "[1-9][0-9]{2}"', ""))
    assert_clean("caller-input-in-dial-string", text(", check: phone", ""))


def test_a_header_of_the_caller_is_not_dialled_unchecked():
    bad = 'flow: main\nblocks:\n  a:\n    - answer:\n    - transfer: {to: "user/${§call.headers.x}", failed: hangup}\n'
    assert_found("caller-input-in-dial-string", bad)


def test_literal_credential():
    plain = flow("log: x")
    service = 'services: {crm: {url: "https://x.example", headers: {%s}}}\n'
    for header in ("Authorization: §Bearer abc", "X-Api-Key: §abc", "Cookie: §a=b"):
        assert_found("literal-credential", plain, project=service % header)
    for header in ('Authorization: "Bearer secret:CRM"', "Accept: text/plain"):
        assert_clean("literal-credential", plain, project=service % header)
    assert_found("literal-credential", plain, project='services: {crm: {url: §"https://u:p@x.example"}}\n')
    assert_found("literal-credential", plain, project='services: {crm: {url: §"https://x.example?api_key=1"}}\n')
    step = 'http: {url: "https://x.example", headers: {Authorization: %s}}\n      on_error: {any: hangup}'
    assert_found("literal-credential", flow(step % "§abc"))
    query = 'http: {url: "https://x.example", query: {token: %s}}\n      on_error: {any: hangup}'
    assert_found("literal-credential", flow(query % "§abc"))
    assert_clean("literal-credential", flow(query % '"${vars.number}"'))


def test_plain_http():
    plain = flow("log: x")
    assert_found("plain-http", plain, project='services: {crm: {url: §"http://crm.example.com"}}\n')
    assert_found("plain-http", flow('http: {url: §"http://x.example/a"}\n      on_error: {any: hangup}'))
    for address in ("https://crm.example.com", "http://localhost:8080", "http://127.0.0.1/x"):
        assert_clean("plain-http", plain, project=f'services: {{crm: {{url: "{address}"}}}}\n')
