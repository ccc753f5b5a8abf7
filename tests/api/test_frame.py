"""The frame: every address answers in one shape, guarded, named and described."""

from engine.api.frame import blueprints, create_app, openapi_text


def test_it_finds_resources_by_itself() -> None:
    assert "health" in {blueprint.name for blueprint in blueprints()}


def test_the_document_is_openapi_3_1() -> None:
    app = create_app(None)  # type: ignore[arg-type]
    reply = app.test_client().get("/openapi.json")
    assert reply.json["openapi"].startswith("3.1")
    assert openapi_text().startswith("{")
