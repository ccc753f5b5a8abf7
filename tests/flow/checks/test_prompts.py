from tests.flow.author import assert_clean, assert_found

BOTH = "languages: [en, fr]\n"


def flow(steps, head=""):
    body = "\n".join(f"    {line}" for line in steps.splitlines())
    return f"flow: main\n{head}blocks:\n  a:\n    - answer:\n{body}\n    - hangup:\n"


def test_missing_prompt():
    found = assert_found("missing-prompt", flow("- play: {id: §welcme}"), prompts__en="welcome: Hi\n")
    assert found.message == 'no prompt "welcme", did you mean "welcome"?'
    assert_clean("missing-prompt", flow("- play: {id: welcome}"), prompts__en="welcome: Hi\n")


def test_missing_prompt_in_one_language():
    step = "- play: [{text: x}, {id: §hello}]"
    found = assert_found("missing-prompt", flow(step), project=BOTH, prompts__en="hello: Hi\n")
    assert found.message == 'prompt "hello" has no fr text or recording'
    good = flow("- play: {id: hello}")
    assert_clean("missing-prompt", good, project=BOTH, prompts__en="hello: Hi\n", prompts__fr="hello: Salut\n")
    assert_clean("missing-prompt", good, ("fr/hello.wav",), project=BOTH, prompts__en="hello: Hi\n")
    assert_clean(
        "missing-prompt", flow("- play: {id: hello}", "languages: [en]\n"), project=BOTH, prompts__en="hello: Hi\n"
    )


def test_missing_prompts_deep_in_a_step():
    step = (
        '- menu:\n    prompt: x\n    choices: {"1": hangup}\n'
        "    no_input: {prompt: [y, {id: §z}], then: hangup}\n    invalid: {then: hangup}"
    )
    bad = "flow: main\nblocks:\n  a:\n    - answer:\n" + "\n".join(f"    {line}" for line in step.splitlines()) + "\n"
    assert_found("missing-prompt", bad)
    assert_clean("missing-prompt", bad.replace("§", ""), prompts__en="z: words\n")


def test_missing_sound_file():
    found = assert_found("missing-sound-file", flow("- play: {file: §hold/intro.wav}"), ("hold/intr.wav",))
    assert 'did you mean "hold/intr.wav"?' in found.message
    assert_clean("missing-sound-file", flow("- play: {file: hold/intro.wav}"), ("hold/intro.wav",))


def test_untranslated_text():
    found = assert_found("untranslated-text", flow("- play: §Hello"), project=BOTH)
    assert "en, fr" in found.message
    assert_found("untranslated-text", flow('- play: [{text: §"Hi ${call.caller}"}]'), project=BOTH)
    assert_clean("untranslated-text", flow("- play: Hello"))
    assert_clean("untranslated-text", flow('- play: "${call.caller}"'), project=BOTH)


def test_say_without_as():
    head = "vars: {n: {type: number, default: 1}, code: {type: digits, default: '1'}, name: {default: x}}\n"
    use = '- log: "${vars.n} ${vars.code} ${vars.name}"\n'
    assert "as: number" in assert_found("say-without-as", flow(use + '- play: [{say: §"${vars.n}"}]', head)).message
    assert "as: digits" in assert_found("say-without-as", flow(use + '- play: [{say: §"${vars.code}"}]', head)).message
    assert_found("say-without-as", flow(use + "- play: [{say: §42}]", head))
    assert_clean("say-without-as", flow(use + '- play: [{say: "${vars.n}", as: digits}, {say: "${vars.name}"}]', head))


def test_unused_prompt():
    prompts = "hello: Hi\n§bye: Bye\n"
    assert assert_found("unused-prompt", flow("- play: {id: hello}"), prompts__en=prompts).severity == "warning"
    assert_clean("unused-prompt", flow("- play: [{id: hello}, {id: bye}]"), prompts__en=prompts.replace("§", ""))
    assert_clean("unused-prompt", flow('- play: {id: "${call.caller}"}'), prompts__en=prompts.replace("§", ""))
