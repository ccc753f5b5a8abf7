"""The built-in flows, written as authors write theirs and read by the same loader: what a caller hears when no rule
claims the number (`unclaimed`), and when an error found no handler (`apology`). A project's flow of the same name is
used instead.
"""

from collections.abc import Mapping

APOLOGY = "apology"
"""The built-in flow for errors that nothing handles."""
LANGUAGES = ("en", "de", "es", "fr")

_UNCLAIMED = """\
flow: unclaimed
description: A number that no rule of the dial plan claims.
languages: [en, de, es, fr]
start: refuse

blocks:
  refuse:
    - answer: {early_media: true}
    - play: {prompt: {id: switchboard.unclaimed}, barge_in: false}
      on_error: {any: hangup}
    - hangup: {cause: UNALLOCATED_NUMBER}
"""

_APOLOGY = """\
flow: apology
description: An error that no flow handled.
languages: [en, de, es, fr]
start: apologise

blocks:
  apologise:
    - answer:
    - play: {prompt: {id: switchboard.apology}, barge_in: false}
      on_error: {any: hangup}
    - hangup: {cause: NORMAL_TEMPORARY_FAILURE}
"""

SOURCES: Mapping[str, str] = {"builtin/unclaimed.flow.yaml": _UNCLAIMED, "builtin/apology.flow.yaml": _APOLOGY}
"""Their files."""

PROMPTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "switchboard.unclaimed": "The number you have called is not in use. Please check it and call again. Goodbye.",
        "switchboard.apology": "We are sorry, a technical problem keeps us from going on. Please call again later.",
    },
    "de": {
        "switchboard.unclaimed": "Die gewählte Nummer ist nicht vergeben. Bitte prüfen Sie die Nummer.",
        "switchboard.apology": "Leider können wir wegen einer Störung nicht fortfahren. Bitte rufen Sie später an.",
    },
    "es": {
        "switchboard.unclaimed": "El número marcado no está en servicio. Compruébelo y vuelva a llamar, por favor.",
        "switchboard.apology": "Lo sentimos, un problema técnico nos impide continuar. Llame más tarde, por favor.",
    },
    "fr": {
        "switchboard.unclaimed": "Le numéro composé n'est pas attribué. Veuillez le vérifier et rappeler.",
        "switchboard.apology": "Désolés, un problème technique nous empêche de continuer. Veuillez rappeler plus tard.",
    },
}
"""Their words by language; a project's prompts of the same ids go before them."""
