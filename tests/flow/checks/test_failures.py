from tests.flow.author import assert_clean, assert_found


def flow(step, head=""):
    return f"flow: main\n{head}blocks:\n  a:\n    - answer:\n    - {step}\n  b:\n    - hangup:\n"


def test_http_error_unhandled():
    http = 'http: {url: "https://x.example"}'
    assert_found("http-error-unhandled", flow(f"§{http}\n    - goto: b"))
    assert_found("http-error-unhandled", flow(f"§{http}\n      on_error: {{expr: b}}\n    - goto: b"))
    assert_clean("http-error-unhandled", flow(f"{http}\n      on_error: {{any: b}}\n    - goto: b"))
    assert_clean("http-error-unhandled", flow(f"{http}\n      on_error: {{http.timeout: b}}\n    - goto: b"))
    assert_clean("http-error-unhandled", flow(f"{http}\n    - goto: b", "events: {error: b}\n"))


def test_transfer_failure_unhandled():
    assert_found("transfer-failure-unhandled", flow("§transfer: {to: user/a, busy: b}"))
    assert_clean("transfer-failure-unhandled", flow("transfer: {to: user/a, failed: b}"))
    assert_clean("transfer-failure-unhandled", flow("transfer: user/a\n      on_error: {transfer: b}"))


def test_errors_that_do_not_exist():
    assert_found("unknown-error", flow("transfer: user/a\n      on_error: {§transfr.busy: b}"))
    assert_clean("unknown-error", flow("transfer: user/a\n      on_error: {transfer.busy: b, any: b}"))
